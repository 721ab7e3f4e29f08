"""Cells as Python literals, the form that panoptes_aggregation gives lists and dicts in its CSV files, read back."""

from __future__ import annotations

import ast
import math
import re
from typing import Any

_NAMES = {"nan": None, "null": None, "true": True, "false": False}


def parse_literal(text: str) -> Any:
    """Read a cell: a list or dict where it is one, else the text as it stands.

    Names that other writers use (nan, null, true, false) stand for None, True and False.
    """
    if "[" not in text and "{" not in text:
        return text
    try:
        return _plain(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, TypeError, KeyError, MemoryError, RecursionError):
        return text


def _plain(node: ast.expr) -> Any:
    """Turn a syntax tree of literals into their value; raises ValueError or KeyError for anything else."""
    match node:
        case ast.Constant(value=value) if not isinstance(value, bytes | complex | type(...)):
            return value
        case ast.Name(id=name):
            return _NAMES[name]
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_plain(item) for item in items]
        case ast.Dict(keys=keys, values=values):
            return {_key(key): _plain(value) for key, value in zip(keys, values, strict=True)}
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_plain(operand)
        case ast.Call(func=ast.Name(id="Counter" | "OrderedDict"), args=[inside], keywords=[]):
            return dict(_plain(inside))
    raise ValueError("no literal")


def _key(node: ast.expr | None) -> str:
    if node is None:
        raise ValueError("no literal")
    return str(_plain(node))


_NUMBER = re.compile(r"[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?)")


def parse_number(text: str) -> int | float | None:
    """Read a whole or decimal number, None where the text is none."""
    if not _NUMBER.fullmatch(text):
        return None
    if text.lstrip("+-").isdigit():
        return int(text)
    value = float(text)
    return value if math.isfinite(value) else None
