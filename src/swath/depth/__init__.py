"""Depth video of mice: from recordings to aligned crops, scalars and results that MoSeq reads."""
