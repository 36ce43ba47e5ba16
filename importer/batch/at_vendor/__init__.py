"""What is at the vendor now, beside what the journal knows of it. Nothing is changed there."""
