"""Reducers: from the extracts of a subject's task to its reduction."""
