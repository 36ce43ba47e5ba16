"""What finding the columns of a sheet promises."""
