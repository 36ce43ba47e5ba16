"""What deciding about phone numbers promises."""
