"""The tables of a volume's statistics. Places and boxes are in finest voxels (Mag 1), half open."""

from __future__ import annotations

from swath.tables import FLOAT64, INT64, INTS, TEXT, UINT64, Column, Table

_WHERE = (
    Column("layer", TEXT, "Layer.", repeats=True),
    Column("mag", TEXT, "Mag, such as 1 or 2-2-1.", repeats=True),
)
_INDEX = Column("further", TEXT, "Place along further axes, such as t=3; empty where there are none.", repeats=True)
_CHANNEL = Column("channel", INT64, "Channel, the first is 0.", repeats=True)
_BOX = (
    Column("x", INT64, "First voxel of the box.", "Mag 1 voxels"),
    Column("y", INT64, "First voxel of the box.", "Mag 1 voxels"),
    Column("z", INT64, "First voxel of the box.", "Mag 1 voxels", repeats=True),
    Column("width", INT64, "Voxels along x.", "Mag 1 voxels", repeats=True),
    Column("height", INT64, "Voxels along y.", "Mag 1 voxels", repeats=True),
    Column("depth", INT64, "Voxels along z.", "Mag 1 voxels", repeats=True),
)

MAGS = Table(
    "mags",
    "What was measured: one row a layer and mag.",
    (
        *_WHERE,
        Column("category", TEXT, "color or segmentation.", repeats=True),
        Column("dtype", TEXT, "Type of a channel's values.", repeats=True),
        Column("channels", INT64, "Channels of a voxel."),
        *_BOX,
        Column("voxels", INT64, "Voxels of the mag in the box, at one place of further axes."),
    ),
    ("layer",),
)

CHUNKS = Table(
    "chunks",
    "Chunks that hold data, one row each and channel; a chunk that is all 0 has none.",
    (
        *_WHERE,
        _INDEX,
        _CHANNEL,
        *_BOX,
        Column("voxels", INT64, "Voxels of the mag that are numbers."),
        Column("nonzero", INT64, "Voxels of the mag that are not 0."),
        Column("nonzero_share", FLOAT64, "Their share."),
        Column("minimum", FLOAT64, "Smallest value."),
        Column("maximum", FLOAT64, "Largest value."),
        Column("mean", FLOAT64, "Mean."),
        Column("variance", FLOAT64, "Variance of the population."),
        Column("histogram_low", FLOAT64, "Lower edge of the histogram's first bin."),
        Column("histogram_width", FLOAT64, "Width of a bin; of types of more than 8 bits a 64th of the chunk's range."),
        Column("histogram", INTS, "Voxels in each of 64 bins."),
    ),
    ("layer",),
)

SLICES = Table(
    "slices",
    "Slices across z, in the parts that were measured together; a part that is all 0 has no row.",
    (
        *_WHERE,
        _INDEX,
        _CHANNEL,
        Column("z", INT64, "First voxel of the slice.", "Mag 1 voxels"),
        Column("voxels", INT64, "Voxels of the mag that are numbers."),
        Column("nonzero", INT64, "Voxels of the mag that are not 0."),
        Column("total", FLOAT64, "Sum of their values."),
        Column("minimum", FLOAT64, "Smallest value."),
        Column("maximum", FLOAT64, "Largest value."),
    ),
    ("layer",),
)

SEGMENTS = Table(
    "segments",
    "Segments of segmentations: one row a chunk and segment in it, with the segment's box there.",
    (
        *_WHERE,
        _INDEX,
        Column("segment", UINT64, "Segment id."),
        Column("voxels", INT64, "Voxels of the mag."),
        *_BOX,
    ),
    ("layer",),
)

VOLUME_TABLES = (MAGS, CHUNKS, SLICES, SEGMENTS)
