"""Generated files, read by the fast path, by the careful path and by LibreOffice."""
