"""The host's bank of the bridge: ops as data, the gate that every call passes, and the faces made from the data."""
