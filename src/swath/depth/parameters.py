"""What each parameter of an extraction means, in groups: for the commented configuration and for ``--help``.

The parameters and their defaults are the fields of ``Settings``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

READING: Mapping[str, str] = MappingProxyType(
    {
        "camera_type": "Camera: auto, kinect, azure or realsense; auto goes by the file's kind and size",
        "mapping": "Title or number of the depth stream in a film of several",
        "movie_dtype": "Type of a raw pixel, where no camera is set",
        "pixel_format": "Kept from moseq2-extract; a film says itself how its pixels are stored",
        "frame_trim": "Frames to leave out at the beginning and at the end",
        "num_frames": "Frames to extract, from the first on; empty for all",
        "chunk_size": "Frames that are in memory at a time; results do not depend on it",
        "chunk_overlap": "Frames of the chunk before that each chunk begins with, under --compat",
    }
)

FLOOR: Mapping[str, str] = MappingProxyType(
    {
        "recompute_bg": "Make the background anew, though bground.tiff is there",
        "use_plane_bground": "Take the plane of the floor as background, for mice that hardly move",
        "manual_set_depth_range": "Look for the floor in bg_roi_depth_range, not around the depth of the middle",
        "bg_roi_depth_range": "Depths between which the floor is looked for, in mm",
        "bg_roi_weights": "Weights of area, extent and nearness to the centre, to choose the floor among regions",
        "bg_roi_index": "Which region is the floor, in order of choice, from 0",
        "bg_roi_shape": "Shape that widens the floor: ellipse or rect",
        "bg_roi_dilate": "Size of that shape, in pixels",
        "dilate_iterations": "How often the floor is widened",
        "bg_roi_erode": "Size of the shape that narrows the floor, in pixels",
        "erode_iterations": "How often the floor is narrowed",
        "bg_roi_fill_holes": "Fill holes in the floor",
        "bg_roi_gradient_filter": "Leave steep places out, such as walls",
        "bg_roi_gradient_threshold": "Gradient from which on a place is steep",
        "bg_roi_gradient_kernel": "Size of the kernel that measures the gradient, in pixels, odd",
        "bg_sort_roi_by_position": "Put the first regions in order from top to bottom, for several arenas in a picture",
        "bg_sort_roi_by_position_max_rois": "How many regions are put in order",
        "noise_tolerance": "Distance from the plane that still is floor, in mm",
        "detected_true_depth": "Depth of the floor in mm; auto is the median of the background",
        "graduate_walls": "Fit the background to slanted walls; goes with dilate_iterations above 1",
        "widen_radius": "How much wider the slanted walls are, in pixels",
        "x_bg_offset": "Where the middle of the slanted walls lies beside that of the arena, in pixels",
        "y_bg_offset": "The same, downwards",
        "bg_threshold": "Depth that tells the arena from what surrounds it, in mm; empty for the median",
        "seed": "Seed of the random points that the plane of the floor is fitted to",
    }
)

MOUSE: Mapping[str, str] = MappingProxyType(
    {
        "min_height": "Lowest height above the floor that is mouse, in mm",
        "max_height": "Greatest height above the floor that is mouse, in mm",
        "frame_dtype": "Type of the crops: uint8, or uint16 for heights above 255 mm",
        "spatial_filter_size": "Window of the median over pixels, odd; several go one after another, 0 is none",
        "temporal_filter_size": "Window of the median over frames, odd; 0 is none",
        "tail_filter_iters": "How often the tail is taken off by opening; 0 is never",
        "tail_filter_shape": "Shape that takes the tail off: ellipse or rect",
        "tail_filter_size": "Size of that shape, in pixels",
        "cable_filter_iters": "How often a cable is taken off by erosion; 0 is never",
        "cable_filter_shape": "Shape that takes a cable off: rectangle or ellipse",
        "cable_filter_size": "Size of that shape, in pixels",
        "use_cc": "Take the largest connected piece as the mouse",
        "crop_size": "Width and height of the crops, in pixels",
        "centroid_hampel_span": "Frames over which an outlying position is replaced by the median; 0 is never",
        "centroid_hampel_sig": "How many median deviations away it is outlying",
        "angle_hampel_span": "Frames over which an outlying angle is replaced by the median; 0 is never",
        "angle_hampel_sig": "How many median deviations away it is outlying",
        "compute_raw_scalars": "Measure the crops before they are cleaned",
    }
)

TRACKING: Mapping[str, str] = MappingProxyType(
    {
        "use_tracking_model": "Track the mouse by a model of its shape, for mice with cables",
        "tracking_model_init": "Frame that the model begins with: raw, min or med",
        "tracking_model_segment": "Take only the largest likely piece",
        "tracking_model_ll_threshold": "Log-likelihood from which on a pixel moves the model",
        "tracking_model_mask_threshold": "Log-likelihood from which on a pixel is mouse",
        "tracking_model_ll_clip": "Log-likelihood that stands for all smaller ones",
        "model_smoothing_clips": "Log-likelihoods between which tracks are smoothed; equal ones are no smoothing",
        "flip_classifier": "Model that tells whether the mouse is turned round: a .skops or .onnx file",
        "flip_classifier_smoothing": "Frames over which its probabilities are smoothed",
    }
)

WRITING: Mapping[str, str] = MappingProxyType(
    {
        "output_dir": "Directory of a session's results; a relative one lies in the session's directory",
        "write_movie": "Write the preview film",
        "fps": "Frames a second, of the films",
        "threads": "Threads that encode a recording",
        "compress": "Write a raw recording as a film once it is extracted; it is not deleted",
        "compress_chunk_size": "Frames in memory at a time while it is written",
        "compress_threads": "Threads that encode it",
    }
)

GROUPS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "what is read": READING,
        "the floor of the arena": FLOOR,
        "the mouse": MOUSE,
        "tracking and turning": TRACKING,
        "what is written": WRITING,
    }
)

OF_THE_RUN = ("skip_completed", "progress_bar", "config_file", "cluster_type", "delete", "output_file", "compat")
"""Keys of a configuration that say how one run goes: the command line's to say."""


def meaning(name: str) -> str:
    """What a parameter means; empty for one that says how a run goes."""
    return next((group[name] for group in GROUPS.values() if name in group), "")
