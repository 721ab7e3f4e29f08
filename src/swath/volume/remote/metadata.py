"""What people noted about a dataset, by keys: each change is sent at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

from swath.volume.errors import ArgumentError

Value = str | int | float | list[str]
Entries = list[dict[str, Any]]


class DatasetMetadata(MutableMapping[str, Value]):
    """A mapping of keys to texts, numbers or lists of texts, in the order in which they were entered."""

    def __init__(self, read: Callable[[], Entries], write: Callable[[Entries], None]) -> None:
        self._read = read
        self._write = write

    def __getitem__(self, key: str) -> Value:
        for entry in self._read():
            if entry["key"] == key:
                return _value(entry)
        raise KeyError(key)

    def __setitem__(self, key: str, value: Value) -> None:
        new = _entry(key, value)
        entries = self._read()
        if any(entry["key"] == key for entry in entries):
            self._write([new if entry["key"] == key else entry for entry in entries])
        else:
            self._write([*entries, new])

    def __delitem__(self, key: str) -> None:
        entries = self._read()
        kept = [entry for entry in entries if entry["key"] != key]
        if len(kept) == len(entries):
            raise KeyError(key)
        self._write(kept)

    def __iter__(self) -> Iterator[str]:
        return iter([entry["key"] for entry in self._read()])

    def __len__(self) -> int:
        return len(self._read())

    def __repr__(self) -> str:
        return f"DatasetMetadata({dict(self)!r})"


def entries_of(values: MutableMapping[str, Value] | dict[str, Value]) -> Entries:
    """Give a mapping as the interface has it."""
    return [_entry(key, value) for key, value in values.items()]


def _value(entry: dict[str, Any]) -> Value:
    value: Value = entry["value"]
    if entry["type"] == "number" and isinstance(value, str):
        number = float(value)
        return int(number) if number.is_integer() else number
    return value


def _entry(key: str, value: Value) -> dict[str, Any]:
    """Give an entry as the interface has it; raises ArgumentError for a value of another kind."""
    if isinstance(value, str):
        return {"key": key, "type": "string", "value": value}
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"key": key, "type": "number", "value": value}
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return {"key": key, "type": "string[]", "value": value}
    raise ArgumentError(f"{value!r} cannot be noted", "give a text, a number or a list of texts")
