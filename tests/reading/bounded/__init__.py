"""What the process that reads files in bounds promises."""
