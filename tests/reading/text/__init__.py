"""What reading text files and web pages promises."""
