"""The parameters of an extraction, under the names that moseq2-extract's config.yaml gives them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from swath.errors import UsageError

FRAME_DTYPES = ("uint8", "uint16")
TRACKING_INITS = ("raw", "min", "med")

Pair = tuple[int, int]

_LISTS = frozenset({"spatial_filter_size", "temporal_filter_size"})


@dataclass(frozen=True)
class Settings:
    """Every parameter of an extraction; lengths are pixels, heights and depths mm.

    Beside the keys of the peer's config: ``seed`` of the plane fit's random points, and ``compat``, which reproduces
    the peer's arithmetic with its accidents. Raises UsageError for values that cannot be meant.
    """

    # what is read
    camera_type: str | None = "auto"
    mapping: str = "DEPTH"
    movie_dtype: str = "<i2"
    pixel_format: str = "gray16le"
    frame_trim: Pair = (0, 0)
    num_frames: int | None = None
    chunk_size: int = 1000
    chunk_overlap: int = 0
    threads: int = 8
    # the floor of the arena
    bg_roi_dilate: Pair = (10, 10)
    bg_roi_shape: str = "ellipse"
    bg_roi_index: int = 0
    bg_roi_weights: tuple[float, float, float] = (1, 0.1, 1)
    manual_set_depth_range: bool = False
    bg_roi_depth_range: tuple[float, float] = (650, 750)
    bg_roi_gradient_filter: bool = False
    bg_roi_gradient_threshold: float = 3000
    bg_roi_gradient_kernel: int = 7
    bg_roi_fill_holes: bool = True
    bg_sort_roi_by_position: bool = False
    bg_sort_roi_by_position_max_rois: int = 2
    dilate_iterations: int = 1
    bg_roi_erode: Pair = (1, 1)
    erode_iterations: int = 0
    noise_tolerance: float = 30
    use_plane_bground: bool = False
    recompute_bg: bool = False
    detected_true_depth: str | float = "auto"
    graduate_walls: bool = False
    widen_radius: int = 0
    x_bg_offset: int = -2
    y_bg_offset: int = 2
    bg_threshold: float | None = None
    # heights
    min_height: int = 10
    max_height: int = 120
    frame_dtype: str = "uint8"
    # cleaning
    cable_filter_iters: int = 0
    cable_filter_shape: str = "rectangle"
    cable_filter_size: Pair = (5, 5)
    spatial_filter_size: tuple[int, ...] = (3,)
    tail_filter_iters: int = 1
    tail_filter_shape: str = "ellipse"
    tail_filter_size: Pair = (9, 9)
    temporal_filter_size: tuple[int, ...] = (0,)
    # the mouse
    use_cc: bool = True
    crop_size: Pair = (80, 80)
    centroid_hampel_span: int = 0
    centroid_hampel_sig: float = 3
    angle_hampel_span: int = 0
    angle_hampel_sig: float = 3
    model_smoothing_clips: tuple[float, float] = (0, 0)
    use_tracking_model: bool = False
    tracking_model_init: str = "raw"
    tracking_model_segment: bool = True
    tracking_model_ll_threshold: float = -100
    tracking_model_mask_threshold: float = -16
    tracking_model_ll_clip: float = -100
    flip_classifier: str | None = None
    flip_classifier_smoothing: int = 51
    compute_raw_scalars: bool = False
    # what is written
    output_dir: str = "proc"
    output_file: str | None = None
    write_movie: bool = True
    fps: int = 30
    compress: bool = False
    compress_chunk_size: int = 3000
    compress_threads: int = 3
    delete: bool = False
    skip_completed: bool = False
    progress_bar: bool = False
    config_file: str | None = None
    cluster_type: str = "local"
    # Swath's own
    seed: int = 0
    compat: bool = False

    def __post_init__(self) -> None:
        _check(self.chunk_size > self.chunk_overlap >= 0, "chunk_overlap", "it is smaller than chunk_size")
        _check(min(self.crop_size) > 1, "crop_size", "width and height of the crop, in pixels")
        _check(0 <= self.min_height < self.max_height, "min_height", "it is between 0 and max_height")
        _check(self.frame_dtype in FRAME_DTYPES, "frame_dtype", "one of " + ", ".join(FRAME_DTYPES))
        _check(self.tracking_model_init in TRACKING_INITS, "tracking_model_init", "one of " + ", ".join(TRACKING_INITS))
        _check(min(*self.frame_trim, self.bg_roi_index) >= 0, "frame_trim", "it and bg_roi_index are not negative")
        if self.detected_true_depth != "auto":
            _check(_is_number(self.detected_true_depth), "detected_true_depth", "auto, or the floor's depth in mm")
        if self.compat:
            _check(self.crop_size[0] == self.crop_size[1], "crop_size", "the peer crops squares alone")
            return
        _check(
            self.frame_dtype == "uint16" or self.max_height < 256, "max_height", "over 255 mm need frame_dtype uint16"
        )
        for name in ("spatial_filter_size", "temporal_filter_size"):
            sizes = getattr(self, name)
            _check(all(size == 0 or (size > 0 and size % 2) for size in sizes), name, "windows have odd sizes")

    @property
    def smooths_tracks(self) -> bool:
        """Whether tracks are smoothed by the likelihood of the tracking model."""
        low, high = self.model_smoothing_clips
        return self.use_tracking_model and low < high


def settings_from(values: Mapping[str, Any]) -> Settings:
    """Make settings from the keys of a config.yaml; lists become tuples, and null means the default where none is one.

    Raises UsageError for a key that is unknown, with the one that may be meant, and for a value of another type.
    """
    known = {field.name: field for field in fields(Settings)}
    given: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            raise UsageError(f"there is no parameter {key!r}", f"is {near[0]!r} meant?" if near else "")
        if value is not None or "None" in str(known[key].type):
            given[key] = _value(key, value, known[key].default)
    return Settings(**given)


def _value(key: str, value: Any, default: Any) -> Any:
    """Turn a value of YAML into what the default's type is; raises UsageError."""
    try:
        if isinstance(default, tuple):
            return _tuple(value, default, any_length=key in _LISTS)
        if isinstance(default, bool) and isinstance(value, str):
            return {"true": True, "false": False}[value.lower()]
        if key == "bg_roi_index" and isinstance(value, list | tuple):
            return int(value[0])
        if isinstance(default, bool | int) and not isinstance(value, bool | int | float):
            return type(default)(value)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise UsageError(f"{key} cannot be {value!r}", f"it is like {default!r}") from error
    return value


def _tuple(value: Any, default: tuple[Any, ...], *, any_length: bool) -> tuple[Any, ...]:
    """Turn a list, or one number, into a tuple; whole numbers are int. Raises TypeError, ValueError."""
    items = tuple(value) if isinstance(value, list | tuple) else (value,)
    if not any_length and len(items) != len(default):
        raise ValueError(f"{len(default)} numbers are wanted")
    return tuple(int(item) if item == int(item) else item for item in items)


def _is_number(value: object) -> bool:
    try:
        float(str(value))
    except ValueError:
        return False
    return True


def _check(right: bool, name: str, hint: str) -> None:
    if not right:
        raise UsageError(f"{name} cannot have this value", hint)
