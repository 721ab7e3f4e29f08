"""The tables of swath sky."""

from __future__ import annotations

from swath.tables import BLOB, FLOAT64, INT64, LOCAL_TIME, TEXT, Column, Table

_WHERE = (
    Column("observer", TEXT, "Observer, as the configuration names him or her.", repeats=True),
    Column("night", TEXT, "Date of the noon at which the night began.", repeats=True),
    Column("session", INT64, "Session: camera time of the first frame of the directory, YYYYMMDDhhmmss.", repeats=True),
)

FRAMES = Table(
    "frames",
    "Frames that were measured, one row each.",
    (
        *_WHERE,
        Column("path", TEXT, "The file."),
        Column("name", TEXT, "Base name of the file."),
        Column("directory", TEXT, "Directory of the file, which is the session's.", repeats=True),
        Column("bytes", INT64, "Size of the file.", "bytes"),
        Column("mtime_ns", INT64, "Time of the file's last change, since 1970.", "ns"),
        Column("hash", TEXT, "XXH3 hash (128 bits) of the file, in hexadecimal."),
        Column("type", TEXT, "LIGHT or DARK, by the file's header, name or directory.", repeats=True),
        Column("time", LOCAL_TIME, "When the frame was taken, by the camera's clock."),
        Column("model", TEXT, "Camera.", repeats=True),
        Column("pattern", TEXT, "Bayer pattern of the whole sensor.", repeats=True),
        Column("rows", INT64, "Rows of the sensor, margins included.", "px"),
        Column("columns", INT64, "Columns of the sensor, margins included.", "px"),
        Column("white", INT64, "Level where the sensor saturates.", "counts"),
        Column("iso", TEXT, "ISO speed as the camera writes it.", repeats=True),
        Column("exposure", FLOAT64, "Exposure time.", "s"),
        Column("f_number", FLOAT64, "F-number, of the EXIF or else of the configuration."),
        Column("focal_length", FLOAT64, "Focal length, of the EXIF or else of the configuration.", "mm"),
        Column("temperature", FLOAT64, "Temperature of the sensor, where the file has it.", "°C"),
        Column("bias", INT64, "Bias level of the configuration.", "counts"),
        Column("organization", TEXT, "Organization of the observer.", repeats=True),
        Column("email", TEXT, "Address of the observer.", repeats=True),
        Column("location", TEXT, "Where the observer stood.", repeats=True),
        Column("darks", INT64, "Dark frames in the master dark that the frame got, 0 for none."),
        Column("dark", TEXT, "Which dark frames a light frame got, or why it got none.", repeats=True),
        Column("dark_hash", TEXT, "Hash of the contents of its dark frames, where they are subtracted by pixel."),
    ),
    ("observer", "night"),
)

BRIGHTNESS = Table(
    "brightness",
    "What was measured: one row a frame, region and Bayer plane.",
    (
        *_WHERE,
        Column("path", TEXT, "The file.", repeats=True),
        Column("time", LOCAL_TIME, "When the frame was taken, by the camera's clock."),
        Column("type", TEXT, "LIGHT or DARK.", repeats=True),
        Column("region", TEXT, "Name of the region.", repeats=True),
        Column(
            "box",
            TEXT,
            "The region as asked for, in pixels of the plane: columns, rows; beyond it is nothing.",
            repeats=True,
        ),
        Column("plane", TEXT, "R1, G2, G3 or B4.", repeats=True),
        Column("pixels", INT64, "Pixels of the plane that lie in the region."),
        Column("total", INT64, "Sum of their values.", "counts"),
        Column("squares", INT64, "Sum of the squares of their values.", "counts²"),
        Column("mean", FLOAT64, "Mean, exact.", "counts"),
        Column("variance", FLOAT64, "Variance of the population, exact.", "counts²"),
        Column("minimum", INT64, "Smallest value.", "counts"),
        Column("maximum", INT64, "Largest value.", "counts"),
        Column("median", FLOAT64, "Median.", "counts"),
        Column("p05", FLOAT64, "Percentile 5.", "counts"),
        Column("p95", FLOAT64, "Percentile 95.", "counts"),
        Column("saturated", INT64, "Pixels at the white level or above."),
        Column("hot", INT64, "Pixels more than ten robust standard deviations above the median."),
        Column("dark_mean", FLOAT64, "Mean of the master dark, scalar: without the bias; 0 without one.", "counts"),
        Column(
            "dark_variance",
            FLOAT64,
            "Variance of the master dark; by pixel, of one of its pixels; 0 without.",
            "counts²",
        ),
        Column(
            "signal", FLOAT64, "Mean without master dark, and scalar: rounded to 0.1 before, without bias.", "counts"
        ),
        Column(
            "signal_variance",
            FLOAT64,
            "Its variance; scalar: rounded to 0.01, with that of the master dark.",
            "counts²",
        ),
    ),
    ("observer", "night"),
)

MASTER_DARKS = Table(
    "master_darks",
    "Master darks: one row a session, region and Bayer plane.",
    (
        Column("observer", TEXT, "Observer.", repeats=True),
        Column("session", INT64, "Session whose light frames it is taken from.", repeats=True),
        Column("directory", TEXT, "Directory of the session.", repeats=True),
        Column("region", TEXT, "Name of the region.", repeats=True),
        Column("plane", TEXT, "R1, G2, G3 or B4.", repeats=True),
        Column("darks", INT64, "Dark frames in it."),
        Column("mean", FLOAT64, "Average of their rounded means without the bias.", "counts"),
        Column("variance", FLOAT64, "Average of their rounded variances.", "counts²"),
        Column("min_exposure", FLOAT64, "Shortest exposure among them.", "s"),
        Column("max_exposure", FLOAT64, "Longest exposure among them.", "s"),
    ),
)

BLOCKS = Table(
    "blocks",
    "What `--keep-blocks` keeps: one row a frame, Bayer plane and block of 50 x 50 pixels, smaller at the edges.",
    (
        Column("path", TEXT, "The file.", repeats=True),
        Column("plane", TEXT, "R1, G2, G3 or B4.", repeats=True),
        Column("x1", INT64, "First column of the block, in pixels of the plane.", "px", repeats=True),
        Column("x2", INT64, "Column behind its last.", "px", repeats=True),
        Column("y1", INT64, "First row of the block.", "px", repeats=True),
        Column("y2", INT64, "Row behind its last.", "px", repeats=True),
        Column("pixels", INT64, "Pixels of the block.", repeats=True),
        Column("total", INT64, "Sum of their values.", "counts"),
        Column("squares", INT64, "Sum of the squares of their values.", "counts²"),
        Column("minimum", INT64, "Smallest value.", "counts"),
        Column("maximum", INT64, "Largest value.", "counts"),
        Column(
            "histogram",
            BLOB,
            "For each value that occurs how far it is above the one before, the first above 0, and how often it "
            "occurs; each a byte, or 255 and two bytes, the lower first.",
        ),
    ),
)

SKY_TABLES = (FRAMES, BRIGHTNESS, MASTER_DARKS)
