"""Errors that Swath raises: each says what went wrong, where, and what to try."""

from __future__ import annotations


class SwathError(Exception):
    """Base of every error that Swath raises on purpose.

    ``hint`` is one sentence that says what to try, or empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\nHint: {self.hint}" if self.hint else self.message


class UsageError(SwathError, ValueError):
    """An argument or option that cannot be meant."""


class InputError(SwathError, ValueError):
    """An input file that is wrong as a whole: not a CSV, a column missing, a broken archive."""


class OutputError(SwathError, OSError):
    """An output that cannot be written, is not a Swath dataset, or belongs to another run."""


class BusyError(OutputError):
    """Another run is writing into the same output."""


class MismatchError(OutputError):
    """An unfinished or finished output was made with other settings or another input."""


class StrictError(SwathError):
    """A row was rejected, and ``--strict`` asked to stop at the first."""


class MemoryBudgetError(SwathError):
    """The memory budget cannot hold one chunk of the work."""


class WorkerError(SwathError):
    """A worker process ended before its chunk was done."""


class QueryError(SwathError):
    """A query that is wrong, too slow, too large, or that reaches outside its datasets."""


class MissingExtraError(SwathError, ImportError):
    """A command needs an optional dependency that is not installed."""
