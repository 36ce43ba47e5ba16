"""`importer nightly`: every new file of the inbox, while nobody looks.

`rules` is what importer.toml says of it, `inbox` chooses the files, `night` tells the story,
`moving` puts files into their places, `fate` says what became of each, `morning` tells the operator
and `hook` whom else they want, `clearing` removes what is no longer kept, `hours` is the clock.
"""
