"""`importer help TOPIC`: the reference as Markdown pages beside this file, printed for a terminal.

A page is a file `TOPIC.md`; its first line, `# Title: what it is about`, names it in the list.
"""
