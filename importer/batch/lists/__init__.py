"""Named lists: their groups at the vendor follow the newest file.

`sync` is the story. `difference` plans what changes, `rails` says why it may not be done, `drift`
looks at the vendor first, `sending` makes the calls, `outcome` and `changes` tell what came of it,
`undoing` takes the newest sync back, and `overview` lists the lists.
"""
