"""What every kind of call shares: who calls, how fast, until when, and what an answer means."""
