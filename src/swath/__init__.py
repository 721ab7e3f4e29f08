"""Swath turns research exports that do not fit in memory into typed, partitioned Parquet."""

__version__ = "0.1.0"
