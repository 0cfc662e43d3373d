"""Tests of spells: their files, what they see, and the world in which they cast the spells of a project."""
