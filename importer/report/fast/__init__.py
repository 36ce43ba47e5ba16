"""The fast path of writing: long sheets as XML straight from columns."""
