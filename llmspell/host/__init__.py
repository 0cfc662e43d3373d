"""The trusted side: starts workers, runs spells in them, and answers what they ask for."""
