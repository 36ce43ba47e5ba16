"""What the operator gets of a night in the morning: a workbook, lines of JSON, a message.

`report` writes the files in `outbox/DATE`, of which `workbook` is the one for people; `finish_hook`
calls the operator's own command.
"""
