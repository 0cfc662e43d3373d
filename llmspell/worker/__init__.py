"""The guest process around an engine: it is locked before it reads a spell."""
