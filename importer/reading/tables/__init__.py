"""The common form of all file formats (sheets of cells), and the rows built from it."""
