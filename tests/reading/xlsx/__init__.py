"""What reading workbooks of Office Open XML promises."""
