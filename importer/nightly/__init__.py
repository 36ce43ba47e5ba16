"""`importer nightly`: every new file of the inbox, unattended.

`config` reads importer.toml, `inbox` chooses the files, `night` runs them, `moving` puts files into
their folders, `outcome` says what became of each, `report` writes it down, `hook` calls the
operator's command, and `cleanup` removes what is no longer kept.
"""
