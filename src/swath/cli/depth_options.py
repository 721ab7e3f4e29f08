"""The parameters of an extraction as options, under the names of moseq2-extract.

They are made from ``Settings`` and what its parameters mean. An option that is not given is None, so that the
configuration, and behind it the defaults, count.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from swath.depth.parameters import FLOOR, GROUPS, READING, meaning
from swath.depth.settings import Settings
from swath.errors import UsageError

if TYPE_CHECKING:
    from swath.depth.config import Config

FLAGS = ("manual_set_depth_range", "use_plane_bground", "compute_raw_scalars")
"""Parameters that are switched on by their name alone, as the peer has them."""

FLOATS = (
    *("bg_roi_weights", "bg_roi_depth_range", "bg_roi_gradient_threshold", "bg_threshold", "noise_tolerance"),
    *("model_smoothing_clips", "tracking_model_mask_threshold", "fps"),
)

SHORT = {
    "crop_size": "-c",
    "num_frames": "-n",
    "spatial_filter_size": "-s",
    "temporal_filter_size": "-t",
    "chunk_size": "-b",
    "mapping": "-m",
}

OF_READING = (*(name for name in READING if name not in ("chunk_size", "chunk_overlap")), "output_dir", "recompute_bg")
OF_FLOOR = (*OF_READING, *(name for name in FLOOR if name not in OF_READING))
OF_EXTRACTION = tuple(name for group in GROUPS.values() for name in group)

ConfigFile = Annotated[
    Path | None, typer.Option("--config-file", "--config", help="Configuration; the command line goes before it.")
]
Compat = Annotated[bool, typer.Option("--compat", help="The arithmetic of moseq2-extract, with its accidents.")]


def takes_parameters(
    names: Sequence[str], others: Mapping[str, Any] = MappingProxyType({})
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command these parameters as options; it gets those that were given as the mapping ``given``.

    ``others`` are further options that go into the mapping, annotations by name.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        own = [p for p in inspect.signature(command, eval_str=True).parameters.values() if p.name != "given"]
        options = [_option(name) for name in names]
        options += [_keyword(name, annotation) for name, annotation in others.items()]

        @functools.wraps(command)
        def run(**values: Any) -> Any:
            given = {name: values.pop(name) for name in (*names, *others)}
            return command(**values, given={name: value for name, value in given.items() if value not in (None, [])})

        parameters = [*own, *options]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        del run.__wrapped__
        return run

    return decorate


def _option(name: str) -> inspect.Parameter:
    default = next(item.default for item in fields(Settings) if item.name == name)
    long = "--" + name.replace("_", "-")
    text = f"{meaning(name)} [default: {_shown(default)}]"
    short = [SHORT[name]] if name in SHORT else []
    if name in FLAGS:
        info = typer.Option(f"{long}/--no-{name.replace('_', '-')}", help=text, show_default=False)
    elif isinstance(default, bool):
        info = typer.Option(long, help=text, show_default=False, parser=_boolean, metavar="BOOLEAN")
    else:
        info = typer.Option(long, *short, help=text, show_default=False)
    kind: Any = _type(name, default) | None
    return _keyword(name, _annotated(kind, info))


def _keyword(name: str, annotation: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _annotated(kind: Any, info: Any) -> Any:
    return Annotated[kind, info]


def _type(name: str, default: Any) -> Any:
    """The type of an option, None aside."""
    number = float if name in FLOATS or name.endswith("_sig") or name.startswith("tracking_model_ll") else int
    if isinstance(default, tuple):
        return list[int] if len(default) == 1 else types.GenericAlias(tuple, (number,) * len(default))
    if name in FLAGS:
        return bool
    is_text = isinstance(default, bool | str) or name in ("flip_classifier", "camera_type")
    return str if is_text else number


def _boolean(text: str) -> bool:
    """Read a truth value as the peer's options take them."""
    known = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False, "t": True, "f": False}
    if text.lower() not in known:
        raise typer.BadParameter(f"{text!r} is not true or false")
    return known[text.lower()]


def _shown(default: Any) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return " ".join(str(item) for item in default)
    return "none" if default is None else str(default)


def read_configuration(path: Path | None) -> Config:
    """Read the configuration that a command was given, if any; what means nothing in it is told on stderr."""
    from swath.depth.config import Config, read_config  # noqa: PLC0415

    if path is None:
        return Config()
    if not path.is_file():
        raise UsageError(f"there is no configuration {path}", "swath depth config writes one")
    config = read_config(path)
    for warning in config.warnings:
        typer.echo(f"note: {warning}", err=True)
    return config
