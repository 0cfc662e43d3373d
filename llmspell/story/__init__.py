"""A run as people read it: its timeline, what it cost, how it differs from another, and files that tell all of it.

All that a journal holds is a stranger's: what is read here is clipped, made visible or escaped before it is shown, and
where a record has another shape than it should, it is shown as far as it goes.
"""
