"""Filling the arrays of new mags: units of work, blocks as they are stored, and whole shards put together from them."""
