"""Makes the calls that change a list's groups, each recorded first, and settles those in doubt.

`updating` makes them, `settling` looks at what they did, and `recording` keeps both in the journal.
"""
