"""A journal in a SQLite file, and what lies beside it.

`schema` holds the tables and brings older journals up to date, `opening` opens the file, `database`
reads and changes it, and `errors` puts what SQLite says into words.
"""
