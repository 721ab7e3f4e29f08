"""YAML files of MoSeq: sorted keys, short lists on one line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from swath.engine.files import write_atomically
from swath.errors import InputError


class _Dumper(yaml.SafeDumper):
    """Writes what occurs twice twice, instead of a reference to it."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def plain(value: Any) -> Any:
    """A value of YAML's types: arrays and tuples as lists, NumPy's numbers as numbers, paths as texts."""
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value) if isinstance(value, Path) else value


def yaml_text(content: Mapping[str, Any]) -> str:
    """Write a mapping as YAML."""
    return yaml.dump(plain(content), Dumper=_Dumper, default_flow_style=None, allow_unicode=True)


def write_yaml(path: Path, content: Mapping[str, Any]) -> None:
    """Write a YAML file that appears whole or not at all."""
    write_atomically(path, yaml_text(content).encode())


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file that holds a mapping; an empty one is an empty mapping. Raises InputError."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506  (a safe loader)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", "check the path and its permissions") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no YAML: {_one_line(error)}", "mend it, or write it anew") from error
    if content is not None and not isinstance(content, dict):
        raise InputError(f"{path} holds a {type(content).__name__}, not keys and values", "write it anew")
    return content or {}


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
