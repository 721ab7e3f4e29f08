"""Extractors: from the annotations of a classification to the extracts of a task."""
