"""What a run may use up, and what it may reach."""
