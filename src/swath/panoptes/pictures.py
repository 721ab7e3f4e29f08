"""Figures as files: what all pictures of Panoptes marks have in common. Needs matplotlib."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from swath.engine.files import write_atomically
from swath.errors import InputError, MissingExtraError, UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C5B2F", "#6A51A3")
"""Colours that are told apart by eyes of all kinds, the first six after Okabe and Ito, 2008."""

INK, PALE = "#26292e", "#c9ccd1"
FORMS = ("png", "pdf", "svg")

Image = npt.NDArray[Any]


def figure(width: float, height: float) -> Figure:
    """Make an empty figure, its size in inches; raises MissingExtraError without matplotlib."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("pictures need matplotlib", "pip install 'swath[plots]'") from error
    return Figure(figsize=(width, height), dpi=150, facecolor="white", layout="constrained")


def tidy(axes: Axes) -> None:
    """Give axes thin lines, and ticks and labels that stand back behind what is drawn."""
    for spine in axes.spines.values():
        spine.set(color=PALE, linewidth=0.8)
    axes.tick_params(colors=INK, labelsize=9, color=PALE, length=3)
    axes.xaxis.label.set(color=INK, size=10)
    axes.yaxis.label.set(color=INK, size=10)


def check_form(path: Path) -> str:
    """The form that a picture's name asks for; raises UsageError for one that there is not."""
    form = path.suffix.removeprefix(".").lower()
    if form not in FORMS:
        raise UsageError(f"a picture cannot be {path.name!r}", "end its name with .png, .pdf or .svg")
    return form


def read_image(path: str | Path) -> Image:
    """Read a picture to draw over; raises InputError for what is none, MissingExtraError without matplotlib."""
    figure(1, 1)  # says what is missing, where it is matplotlib
    from matplotlib.image import imread  # noqa: PLC0415

    try:
        image: Image = imread(path)
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(f"{path} is no picture: {error}", "give a PNG or a JPEG") from error
    return image


def save(drawn: Figure, path: str | Path) -> Path:
    """Write a figure in the form that the name asks for, whole or not at all."""
    from matplotlib import rc_context  # noqa: PLC0415

    form, sink = check_form(Path(path)), io.BytesIO()
    undated: dict[str, Any] = {"png": {}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}
    with rc_context({"svg.hashsalt": "swath"}):
        drawn.savefig(sink, format=form, metadata=undated[form])
    write_atomically(Path(path), sink.getbuffer())
    return Path(path)
