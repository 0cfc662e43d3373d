"""The guest's script engines; each is loaded by name, in a worker, and imported by nobody."""
