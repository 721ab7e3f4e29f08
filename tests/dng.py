"""Small DNG frames for the tests and the samples."""

import struct
from pathlib import Path

import numpy as np

from lossless_jpeg import encode

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


def write_dng(
    path,
    pixels,
    *,
    time="2020:03:25 22:10:00",
    model="Swath Sample",
    iso=800,
    exposure=(30, 1),
    without=(),
    jpeg=None,
    tile=None,
):
    """Write pixels, uint16 (rows, columns), pattern RGGB, as a DNG; ``without`` names tags (numbers) to leave out.

    ``jpeg`` are options of lossless JPEG, which compresses the whole, or tiles of so many rows and columns.
    """
    rows, columns = pixels.shape
    pieces = [pixels.astype("<u2").tobytes()] if jpeg is None else list(_compressed(pixels, jpeg, tile))
    main = {
        254: (LONG, [0]),
        256: (LONG, [columns]),
        257: (LONG, [rows]),
        258: (SHORT, [16]),
        259: (SHORT, [1 if jpeg is None else 7]),
        262: (SHORT, [32803]),
        271: (ASCII, "Swath"),
        272: (ASCII, model),
        273: (LONG, [0] * len(pieces)),
        277: (SHORT, [1]),
        278: (LONG, [rows]),
        279: (LONG, [len(piece) for piece in pieces]),
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
    if tile is not None:
        main |= {322: (LONG, [tile[1]]), 323: (LONG, [tile[0]]), 324: main.pop(273), 325: main.pop(279)}
        del main[278]
    exif_at = 8 + len(_directory(main, 8))
    main[34665] = (LONG, [exif_at])
    begin = exif_at + len(_directory(exif, exif_at))
    begins = [begin + sum(map(len, pieces[:number])) for number in range(len(pieces))]
    main[273 if tile is None else 324] = (LONG, begins)
    start = struct.pack("<2sHI", b"II", 42, 8)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(start + _directory(main, 8) + _directory(exif, exif_at) + b"".join(pieces))
    return Path(path)


def _compressed(pixels, options, tile):
    """The tiles of a frame, from left to right and down, each as a lossless JPEG."""
    rows, columns = pixels.shape
    height, width = tile or pixels.shape
    padded = np.pad(pixels, ((0, -rows % height), (0, -columns % width)), "edge")
    for top in range(0, rows, height):
        for left in range(0, columns, width):
            yield encode(padded[top : top + height, left : left + width], **options)


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
