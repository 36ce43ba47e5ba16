"""What every format becomes: sheets of cells, and from them columns of rows."""
