"""Lists past one workbook: counted, decided and grouped block by block, with what waits on disk."""
