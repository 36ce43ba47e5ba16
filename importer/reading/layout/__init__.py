"""Where the header, the phone columns and the country column of a sheet are."""
