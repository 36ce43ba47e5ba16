"""Where the journal's rows are kept. `protocol` says what the journal asks of a database.

`sqlite` is one file on this computer.
"""
