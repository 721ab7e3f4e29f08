"""Small uncompressed DNG frames for the tests and the samples."""

import struct
from pathlib import Path

import numpy as np

BYTE, ASCII, SHORT, LONG, RATIONAL, SIGNED = 1, 2, 3, 4, 5, 10
_FORMATS = {BYTE: "B", SHORT: "H", LONG: "I", RATIONAL: "II", SIGNED: "ii"}
_IDENTITY = [10_000, 10_000, 0, 1, 0, 1, 0, 1, 10_000, 10_000, 0, 1, 0, 1, 0, 1, 10_000, 10_000]


def sky_pixels(shape=(64, 96), level=2000, seed=0):
    """A noisy frame, uint16; its planes RGGB are at the level, and 200, 210 and 100 above it."""
    pixels = np.random.default_rng(seed).normal(level, 20, shape)
    pixels[0::2, 1::2] += 200
    pixels[1::2, 0::2] += 210
    pixels[1::2, 1::2] += 100
    return np.clip(np.rint(pixels), 0, 16383).astype(np.uint16)


def write_dng(path, pixels, *, time="2020:03:25 22:10:00", model="Swath Sample", iso=800, exposure=(30, 1), without=()):
    """Write pixels, uint16 (rows, columns), pattern RGGB, as a DNG; ``without`` names tags (numbers) to leave out."""
    rows, columns = pixels.shape
    main = {
        254: (LONG, [0]),
        256: (LONG, [columns]),
        257: (LONG, [rows]),
        258: (SHORT, [16]),
        259: (SHORT, [1]),
        262: (SHORT, [32803]),
        271: (ASCII, "Swath"),
        272: (ASCII, model),
        273: (LONG, [0]),
        277: (SHORT, [1]),
        278: (LONG, [rows]),
        279: (LONG, [2 * pixels.size]),
        306: (ASCII, time),
        33421: (SHORT, [2, 2]),
        33422: (BYTE, [0, 1, 1, 2]),
        34665: (LONG, [0]),
        50706: (BYTE, [1, 4, 0, 0]),
        50708: (ASCII, "Swath Sample"),
        50714: (LONG, [0]),
        50717: (LONG, [16383]),
        50721: (SIGNED, _IDENTITY),
        50728: (RATIONAL, [1, 1, 1, 1, 1, 1]),
        50778: (SHORT, [21]),
    }
    exif = {
        33434: (RATIONAL, list(exposure)),
        33437: (RATIONAL, [7, 2]),
        34855: (SHORT, [iso]),
        37386: (RATIONAL, [18, 1]),
    }
    main, exif = ({tag: value for tag, value in tags.items() if tag not in without} for tags in (main, exif))
    exif_at = 8 + len(_directory(main, 8))
    main[34665] = (LONG, [exif_at])
    main[273] = (LONG, [exif_at + len(_directory(exif, exif_at))])
    start = struct.pack("<2sHI", b"II", 42, 8)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(start + _directory(main, 8) + _directory(exif, exif_at) + pixels.astype("<u2").tobytes())
    return Path(path)


def _directory(tags, at):
    """A TIFF directory that stands at an offset, with the values that do not fit its entries."""
    entries, values = struct.pack("<H", len(tags)), b""
    behind = at + 2 + 12 * len(tags) + 4
    for tag, (kind, value) in sorted(tags.items()):
        data = value.encode() + b"\0" if kind == ASCII else _packed(kind, value)
        count = len(data) if kind == ASCII else len(value) // len(_FORMATS[kind])
        stored = data.ljust(4, b"\0") if len(data) <= 4 else struct.pack("<I", behind + len(values))
        entries += struct.pack("<HHI", tag, kind, count) + stored
        values += data + b"\0" * (len(data) % 2) if len(data) > 4 else b""
    return entries + b"\0" * 4 + values


def _packed(kind, numbers):
    letters = _FORMATS[kind]
    return struct.pack("<" + letters * (len(numbers) // len(letters)), *numbers)
