"""What understanding countries promises."""
