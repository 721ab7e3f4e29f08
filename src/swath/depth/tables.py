"""The tables of swath depth."""

from __future__ import annotations

from swath.depth.flags import MEANINGS
from swath.tables import BOOL, FLOAT32, FLOAT64, INT64, JSON, TEXT, Column, Table

_SESSION = Column("session", TEXT, "Session: path of its directory below the one that was given.", repeats=True)

SESSIONS = Table(
    "sessions",
    "Sessions that are extracted, one row each.",
    (
        _SESSION,
        Column("uuid", TEXT, "Name of the results, as later steps of MoSeq know them."),
        Column("subject", TEXT, "SubjectName of the metadata.", repeats=True),
        Column("session_name", TEXT, "SessionName of the metadata.", repeats=True),
        Column("start_time", TEXT, "StartTime of the metadata, as it was noted.", repeats=True),
        Column("recording", TEXT, "The recording's file."),
        Column("results", TEXT, "The results file, HDF5."),
        Column("first_frame", INT64, "Number of the first frame that was extracted."),
        Column("frames", INT64, "Frames that were extracted."),
        Column("flagged", INT64, "Frames that have a flag."),
        Column("seconds", FLOAT64, "From the first timestamp to the last.", "s"),
        Column("true_depth", FLOAT64, "Depth of the arena's floor.", "mm"),
        Column("roi_pixels", INT64, "Pixels of the ROI.", "px"),
        Column("metadata", JSON, "All metadata of the recording."),
        Column("parameters", JSON, "All parameters of the extraction."),
        Column("extracted_by", TEXT, "Program that extracted it.", repeats=True),
        Column("warnings", TEXT, "What is odd about the recording or its arena."),
    ),
    ("session",),
)

_SCALARS = (
    Column("centroid_x_px", FLOAT32, "Centroid, from the left edge of the ROI's box.", "px"),
    Column("centroid_y_px", FLOAT32, "Centroid, from the upper edge of the ROI's box.", "px"),
    Column("velocity_2d_px", FLOAT32, "Way of the centroid since the frame before.", "px/frame"),
    Column("velocity_3d_px", FLOAT32, "The same with the change of the height, which is in mm.", "px/frame"),
    Column("width_px", FLOAT32, "Smaller axis of the ellipse.", "px"),
    Column("length_px", FLOAT32, "Larger axis of the ellipse.", "px"),
    Column("area_px", FLOAT32, "Pixels between the lowest and the highest height.", "px"),
    Column("centroid_x_mm", FLOAT32, "Centroid, by the depth of the floor.", "mm"),
    Column("centroid_y_mm", FLOAT32, "Centroid, by the depth of the floor.", "mm"),
    Column("velocity_2d_mm", FLOAT32, "Way of the centroid since the frame before.", "mm/frame"),
    Column("velocity_3d_mm", FLOAT32, "The same with the change of the height.", "mm/frame"),
    Column("width_mm", FLOAT32, "Smaller axis of the ellipse.", "mm"),
    Column("length_mm", FLOAT32, "Larger axis of the ellipse.", "mm"),
    Column("area_mm", FLOAT32, "Area, scaled as moseq2-extract does: by a length, not its square.", "mm"),
    Column("height_ave_mm", FLOAT32, "Mean height of the mouse above the floor.", "mm"),
    Column("angle", FLOAT32, "Direction of the mouse, unwrapped over the session.", "rad"),
    Column("velocity_theta", FLOAT32, "Direction of its way since the frame before.", "rad"),
)

_FLAGS = "; ".join(f"{name}: {meaning}" for name, meaning in MEANINGS.items())

SCALARS = Table(
    "scalars",
    "What was measured of each frame; null where there is no mouse.",
    (
        _SESSION,
        Column("frame", INT64, "Number of the frame in the recording, the first is 0."),
        Column("time_ms", FLOAT64, "Time of the frame, as it was noted.", "ms"),
        *_SCALARS,
        Column("flip", BOOL, "Whether the classifier turned the mouse round; null without one."),
        Column("flags", TEXT, f"What is odd about the frame, with commas between. {_FLAGS}.", repeats=True),
    ),
    ("session",),
)

ROI_STATISTICS = Table(
    "roi_statistics",
    "Heights above the floor within the ROI's box, over chunks of frames.",
    (
        _SESSION,
        Column("first_frame", INT64, "Number of the chunk's first frame."),
        Column("frames", INT64, "Frames of the chunk."),
        Column("flagged", INT64, "Frames of the chunk that have a flag."),
        Column("pixels_above", FLOAT64, "Pixels above the lowest height, mean over the frames.", "px"),
        Column("mean_height", FLOAT64, "Mean height of these pixels.", "mm"),
        Column("largest_height", INT64, "Largest height.", "mm"),
        Column("mouse_area", FLOAT64, "Area of the mouse, mean over the frames that have one.", "px"),
    ),
    ("session",),
)

DEPTH_TABLES = (SESSIONS, SCALARS, ROI_STATISTICS)
