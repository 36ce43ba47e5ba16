"""What reading .xlsb, .xls and .ods promises."""
