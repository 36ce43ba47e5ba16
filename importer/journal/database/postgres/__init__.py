"""A journal in a PostgreSQL database, which many computers reach.

`address` reads the URL, `connection` connects and sends, `statements` writes the journal's SQL as
PostgreSQL takes it, `schema` holds the tables, `database` reads and changes them, and `errors` puts
what PostgreSQL says into words.

Poolers that give a connection for one transaction only (PgBouncer's transaction mode) are allowed
for: there is no session lock, no LISTEN, no prepared statement and no setting that outlives its
transaction.
"""
