"""The arrows of the architecture run one way."""

import ast
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "swath"
WORKFLOWS = {"panoptes", "planet4", "sky", "depth", "volume"}
MODULES = sorted(SOURCE.rglob("*.py"))


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: a relative import hides where it leads"
            yield node.module
            if node.module == "swath":
                yield from (f"swath.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_imports_run_one_way(path):
    room = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    for name in imported(path):
        first, _, rest = name.partition(".")
        target = rest.split(".")[0]
        if first in ("typer", "click", "rich"):
            assert room == "cli", name
        if room == "kernels":
            allowed = (
                sys.stdlib_module_names
                | {"numpy", "numba"}
                | ({"llvmlite"} if path.name == "instructions.py" else set())
            )
            assert first in allowed or name.startswith("swath.kernels"), name
        if first != "swath" or not target:
            continue
        if room == "engine":
            assert target in {"engine", "kernels", "tables", "compute", "errors", "__version__"}, name
        if room in ("errors", "tables"):
            assert target == "errors", name
        if room != "cli":
            assert target != "cli", name
        if room in WORKFLOWS:
            allowed = {room} | ({"panoptes"} if room == "planet4" else set())
            assert target not in (WORKFLOWS | {"cli"}) - allowed, name


def test_pandas_is_imported_by_those_alone_who_have_it():
    using = {p.name for p in MODULES for name in imported(p) if name.split(".")[0] == "pandas"}
    assert using <= {"csv_utils.py"}
