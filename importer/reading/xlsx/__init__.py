"""Excel's .xlsx and .xlsm."""
