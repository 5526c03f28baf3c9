"""What the peers are given to run, and what they need; run by their own interpreters."""
