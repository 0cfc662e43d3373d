"""What a script sees, one file each; a file here is its own registration."""
