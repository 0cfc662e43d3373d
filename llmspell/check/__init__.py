"""What can be said about a spell without running it. Its text is parsed and compiled in locked workers only."""
