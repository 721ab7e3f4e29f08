"""What the attribute ``description`` of each dataset in a results file says: part of the layout, to the letter."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SCALARS: Mapping[str, str] = MappingProxyType(
    {
        "centroid_x_px": "X centroid (pixels)",
        "centroid_y_px": "Y centroid (pixels)",
        "velocity_2d_px": "2D velocity (pixels / frame), note that missing frames are not accounted for",
        "velocity_3d_px": (
            "3D velocity (pixels / frame), note that missing frames are not accounted for, also height is in "
            "mm, not pixels for calculation"
        ),
        "width_px": "Mouse width (pixels)",
        "length_px": "Mouse length (pixels)",
        "area_px": "Mouse area (pixels)",
        "centroid_x_mm": "X centroid (mm)",
        "centroid_y_mm": "Y centroid (mm)",
        "velocity_2d_mm": "2D velocity (mm / frame), note that missing frames are not accounted for",
        "velocity_3d_mm": "3D velocity (mm / frame), note that missing frames are not accounted for",
        "width_mm": "Mouse width (mm)",
        "length_mm": "Mouse length (mm)",
        "area_mm": "Mouse area (mm)",
        "height_ave_mm": "Mouse average height (mm)",
        "angle": "Angle (radians, unwrapped)",
        "velocity_theta": "Angular component of velocity (arctan(vel_x, vel_y))",
    }
)

PARAMETERS: Mapping[str, str] = MappingProxyType(
    {
        "angle_hampel_sig": "Angle filter sig",
        "angle_hampel_span": "Angle filter span",
        "bg_roi_depth_range": "Range to search for floor of arena (in mm)",
        "bg_roi_dilate": "Size of StructuringElement to dilate roi",
        "bg_roi_erode": "Size of cv2 Structure Element to erode roi.",
        "bg_roi_fill_holes": "Fill holes in ROI",
        "bg_roi_gradient_filter": "Use graident filter to exclude walls for detected ROI",
        "bg_roi_gradient_kernel": "Kernel size for Sobel gradient filtering",
        "bg_roi_gradient_threshold": "Gradient must be less than threshold to include points",
        "bg_roi_index": "Index of which detected ROI mask to use",
        "bg_roi_shape": "Shape to use to detect roi (ellipse or rect)",
        "bg_roi_weights": "ROI feature weighting (area, extent, dist to center)",
        "bg_sort_roi_by_position": "Sort ROIs by position",
        "bg_sort_roi_by_position_max_rois": "The number of maximum ROIs sorted by area",
        "cable_filter_iters": "Number of cable filter iterations",
        "cable_filter_shape": "Cable filter shape (rectangle or ellipse)",
        "cable_filter_size": "Cable filter size (in pixels)",
        "camera_type": (
            "Camera type used for recording for auto-sets bg-roi-weights to precomputed values for different "
            'camera types.                              Possible types: ["kinect", "azure", "realsense"]'
        ),
        "centroid_hampel_sig": "Hampel filter sig",
        "centroid_hampel_span": "Hampel filter span",
        "chunk_overlap": "Frames overlapped in each chunk. Useful for cable tracking",
        "chunk_size": "Chunk size",
        "cluster_type": "Platform to train models on",
        "compress": "Convert .dat to .avi after successful extraction",
        "compress_chunk_size": "Chunk size for .avi compression",
        "compress_threads": "Number of threads for encoding",
        "compute_raw_scalars": "Compute scalar values from raw cropped frames.",
        "crop_size": "Width and height of cropped mouse image",
        "delete": "Delete raw file if encoding is sucessful",
        "detected_true_depth": (
            "Option to override automatic depth estimation during extraction. This is only a debugging "
            'parameter, for cases where dilate_iterations > 1, otherwise has no effect. Either "auto" or an '
            "int value."
        ),
        "dilate_iterations": "Number of dilation iterations to increase bucket floor size.",
        "erode_iterations": "Number of erosion iterations to decrease bucket floor size.",
        "flip_classifier": "path to the flip classifier used to properly orient the mouse (.pkl file)",
        "flip_classifier_smoothing": "Number of frames to smooth flip classifier probabilities",
        "fps": "Video FPS",
        "frame_dtype": "Data type for processed frames",
        "frame_trim": "Frames to trim from beginning and end of data",
        "graduate_walls": "Graduates and dilates the background image to compensate for slanted bucket walls. \\_/",
        "manual_set_depth_range": "Flag to deactivate auto depth range setting.",
        "mapping": "Ffprobe stream selection variable. Default: DEPTH",
        "max_height": "Max mouse height threshold from floor (mm)",
        "min_height": "Min mouse height threshold from floor (mm)",
        "model_smoothing_clips": "Model smoothing clips",
        "movie_dtype": "Data type for raw frames read in for extraction",
        "noise_tolerance": "Extent of noise to accept during RANSAC Plane ROI computation.",
        "num_frames": "Number of frames to extract. Will extract full session if set to None.",
        "output_dir": "Output directory to save the results h5 file",
        "output_file": "Path to output file",
        "pixel_format": "Pixel format for reading in .avi and .mkv videos",
        "progress_bar": "Show verbose progress bars.",
        "recompute_bg": "Overwrite previously computed background image",
        "skip_completed": "Will skip the extraction if it is already completed.",
        "spatial_filter_size": "Space prefilter kernel (median filter, must be odd)",
        "tail_filter_iters": "Number of tail filter iterations",
        "tail_filter_shape": "Tail filter shape",
        "tail_filter_size": "Tail filter size",
        "temporal_filter_size": "Time prefilter kernel (median filter, must be odd)",
        "threads": "Number of threads for encoding",
        "tracking_model_init": "Method for tracking model initialization",
        "tracking_model_ll_clip": "Clip log-likelihoods below this value",
        "tracking_model_ll_threshold": "Threshold on log-likelihood for pixels to use for update during tracking",
        "tracking_model_mask_threshold": (
            "Threshold on log-likelihood to include pixels for centroid and angle calculation"
        ),
        "tracking_model_segment": "Segment likelihood mask from tracking model",
        "use_cc": "Extract features using largest connected components.",
        "use_plane_bground": "Use a plane fit for the background. Useful when mice don't move much",
        "use_tracking_model": (
            "Use an expectation-maximization style model to aid mouse tracking. Useful for data with cables"
        ),
        "widen_radius": "Number of pixels to increase/decrease radius by when graduating bucket walls.",
        "write_movie": "Write a results output movie including an extracted mouse",
    }
)

EXTRACTION: Mapping[str, str] = MappingProxyType(
    {
        "true_depth": "Detected true depth of arena floor in mm",
        "roi": "ROI mask",
        "first_frame": "First frame of depth dataset",
        "first_frame_idx": "First frame index of this dataset",
        "last_frame_idx": "Last frame index of this dataset",
        "background": "Computed background image",
        "extract_version": "Version of moseq2-extract",
        "flips": "Output from flip classifier, false=no flip, true=flip",
    }
)

FRAMES = "3D Numpy array of depth frames (nframes x w x h). Depth values are in mm."
MASK = "Boolean mask, false=not mouse, true=mouse"
LIKELIHOOD = "Log-likelihood values from the tracking model (nframes x w x h)"
TIMESTAMPS = "Depth video timestamps"
