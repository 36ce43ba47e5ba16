"""`importer nightly`: every new file of the inbox, unattended.

`config` reads importer.toml, `night` runs the files, `folders` chooses them and puts them away,
`outcome` says what became of each, `report` writes it down, and `finish_hook` calls the operator's
command.
"""
