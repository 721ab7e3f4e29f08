"""Which extractor suits a type of task or tool, and which reducer suits an extractor."""

from __future__ import annotations

TASK_EXTRACTORS = {
    "single": "question_extractor",
    "multiple": "question_extractor",
    "shortcut": "shortcut_extractor",
    "dropdown": "dropdown_extractor",
    "survey": "survey_extractor",
    "slider": "slider_extractor",
    "text": "text_extractor",
}

SHAPE_TOOLS = (
    "rectangle", "circle", "column", "ellipse", "fullWidthLine", "fullHeightLine", "line", "rotateRectangle",
    "triangle", "fan",
)  # fmt: skip

TOOL_EXTRACTORS = {
    "point": "point_extractor_by_frame",
    "polygon": "polygon_extractor",
    "freehandLine": "polygon_extractor",
    "bezier": "bezier_extractor",
    **{shape: f"shape_extractor_{shape}" for shape in SHAPE_TOOLS},
}

TRANSCRIPTION_EXTRACTORS = {"polygon": "poly_line_text_extractor", "line": "line_text_extractor"}
"""Of a drawn tool whose only detail is a text."""

REDUCERS = {
    "question_extractor": "question_reducer",
    "shortcut_extractor": "shortcut_reducer",
    "dropdown_extractor": "dropdown_reducer",
    "survey_extractor": "survey_reducer",
    "slider_extractor": "slider_reducer",
    "text_extractor": "text_reducer",
    "point_extractor": "point_reducer",
    "point_extractor_by_frame": "point_reducer_dbscan",
    "rectangle_extractor": "rectangle_reducer",
    "sw_graphic_extractor": "rectangle_reducer",
    "line_text_extractor": "poly_line_text_reducer",
    "poly_line_text_extractor": "poly_line_text_reducer",
    "sw_extractor": "poly_line_text_reducer",
    "sw_variant_extractor": "sw_variant_reducer",
    "polygon_extractor": "polygon_reducer",
    "bezier_extractor": "polygon_reducer",
}


def reducer_of(extractor: str) -> str | None:
    """The default reducer of an extractor, None where it has none."""
    return "shape_reducer_dbscan" if extractor.startswith("shape_extractor") else REDUCERS.get(extractor)
