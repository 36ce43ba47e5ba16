"""The command line: commands, options, prompts, and how a command ends."""
