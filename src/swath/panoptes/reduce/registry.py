"""All reducers by name: Swath's own, and those that other packages bring as ``swath.reducers``.

The modules are imported when one of their reducers is asked for.
"""

from __future__ import annotations

import difflib
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from swath.errors import UsageError
from swath.panoptes.reduce.model import Reducer

_MODULES = {
    "counting": (
        "question_reducer", "shortcut_reducer", "question_consensus_reducer", "dropdown_reducer", "survey_reducer",
        "sw_variant_reducer", "first_n_true_reducer", "first_n_false_reducer",
    ),
    "slider": ("slider_reducer",),
    "points": ("point_reducer", "point_reducer_dbscan", "point_reducer_hdbscan"),
    "temporal": ("temporal_point_reducer_dbscan", "temporal_point_reducer_hdbscan"),
    "rectangles": ("rectangle_reducer",),
    "shapes": ("shape_reducer_dbscan", "shape_reducer_hdbscan", "shape_reducer_optics"),
    "polygons": ("polygon_reducer",),
    "contours": ("polygon_reducer_contours",),
    "text": ("text_reducer",),
    "line_text": ("poly_line_text_reducer",),
    "optics_text": ("optics_line_text_reducer",),
    "skill": ("subject_difficulty_reducer", "tess_gold_standard_reducer", "user_skill_reducer"),
    "tess": ("tess_reducer_column",),
}  # fmt: skip


def names() -> list[str]:
    """The names of all reducers, in order."""
    own = [name for listed in _MODULES.values() for name in listed]
    return sorted({*own, *(point.name for point in entry_points(group="swath.reducers"))})


@cache
def reducer_for(name: str) -> Reducer:
    """The reducer of a name; raises UsageError, with the closest name, where there is none."""
    for module, own in _MODULES.items():
        if name in own:
            found = import_module(f"swath.panoptes.reduce.{module}").REDUCERS
            by_name: dict[str, Reducer] = {reducer.name: reducer for reducer in found}
            return by_name[name]
    for point in entry_points(group="swath.reducers"):
        if point.name == name:
            loaded: Reducer = point.load()
            return loaded
    close = difflib.get_close_matches(name, names(), 1, 0.5)
    hint = f"is it {close[0]!r}?" if close else "swath panoptes reducers lists them"
    raise UsageError(f"there is no reducer {name!r}", hint)
