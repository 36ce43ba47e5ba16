"""The promises of the importer, each with a test."""
