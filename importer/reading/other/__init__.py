"""OpenDocument and the binary workbooks."""
