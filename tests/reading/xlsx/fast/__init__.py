"""What reading plain sheets in bulk promises."""
