"""Configuration: from a workflow's tasks to the extractors and reducers that suit them."""
