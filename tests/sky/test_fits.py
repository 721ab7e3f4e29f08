"""FITS frames beside RAW ones: the same pixels give the same numbers; what is no sensor is set aside."""

import numpy as np
import pytest

from dng import sky_pixels, write_dng
from reading import records, rejects
from swath.sky.config import Observer
from swath.sky.directories import find_frames
from swath.sky.reduce import reduce
from swath.sky.regions import Region

pytest.importorskip("rawpy")
fits = pytest.importorskip("astropy.io.fits")
WHO = Observer(observer="Ana Ruiz", regions=(Region(width=20, height=10),))
HEADER = {
    "DATE-OBS": "2020-03-25T22:10:00.125", "EXPTIME": 30.0, "INSTRUME": "ZWO ASI", "BAYERPAT": "RGGB", "GAIN": 120,
    "CCD-TEMP": -9.8, "FOCALLEN": 50.0, "APTDIA": 25.0,
}  # fmt: skip


def write_fits(path, pixels, **changes):
    path.parent.mkdir(parents=True, exist_ok=True)
    header = fits.Header([(name, value) for name, value in (HEADER | changes).items() if value is not None])
    fits.PrimaryHDU(pixels, header).writeto(path)


def reduced(folder, out):
    return reduce(find_frames(folder, WHO, recursive=False), out)


def numbers(out, name):
    skipped = ("path", "time", "session")
    rows = [row for row in records(out, "brightness") if row["path"].endswith(name)]
    return [{k: v for k, v in row.items() if k not in skipped} for row in rows]


def test_the_same_sensor_gives_the_same_numbers(tmp_path):
    write_dng(tmp_path / "n" / "a.dng", sky_pixels())
    write_fits(tmp_path / "n" / "b.fits", sky_pixels())
    reduced(tmp_path / "n", tmp_path / "out")
    assert numbers(tmp_path / "out", "b.fits") == numbers(tmp_path / "out", "a.dng")
    (frame,) = [row for row in records(tmp_path / "out", "frames") if row["name"] == "b.fits"]
    found = [frame[name] for name in ("model", "iso", "exposure", "f_number", "focal_length", "temperature", "pattern")]
    assert found == ["ZWO ASI", "120", 30.0, 2.0, 50.0, -9.8, "RGGB"]
    assert frame["time"].isoformat() == "2020-03-25T22:10:00"


def test_rows_from_the_bottom_up(tmp_path):
    write_fits(tmp_path / "n" / "b.fit", sky_pixels(), ROWORDER="BOTTOM-UP", BAYERPAT="GBRG")
    reduced(tmp_path / "n", tmp_path / "out")
    assert records(tmp_path / "out", "frames")[0]["pattern"] == "RGGB"


@pytest.mark.parametrize(("said", "name", "kind"), [
    ("Dark Frame", "IMG_1.fits", "DARK"), ("Light Frame", "dark_1.fits", "LIGHT"), (None, "dark_1.fits", "DARK"),
])  # fmt: skip
def test_the_header_says_what_a_frame_is(tmp_path, said, name, kind):
    write_fits(tmp_path / "n" / name, sky_pixels(), IMAGETYP=said)
    reduced(tmp_path / "n", tmp_path / "out")
    assert records(tmp_path / "out", "frames")[0]["type"] == kind


@pytest.mark.parametrize(("pixels", "changes", "reason"), [
    (sky_pixels(), {"BAYERPAT": None}, "not a Bayer sensor"),
    (sky_pixels(), {"DATE-OBS": "yesterday"}, "no date and time"),
    (np.zeros((3, 64, 96), np.uint16), {}, "not a Bayer sensor"),
    (np.full((64, 96), -1, np.int16), {}, "not a RAW frame"),
])  # fmt: skip
def test_what_is_no_frame(tmp_path, pixels, changes, reason):
    write_fits(tmp_path / "n" / "a.fits", pixels, **changes)
    write_fits(tmp_path / "n" / "b.fits", sky_pixels())
    reduced(tmp_path / "n", tmp_path / "out")
    assert rejects(tmp_path / "out") == {reason: 1}
    assert len(records(tmp_path / "out", "frames")) == 1


@pytest.mark.parametrize("content", [b"SIMPLE  = F", b"", b"not at all"])
def test_files_that_are_no_fits(tmp_path, content):
    write_fits(tmp_path / "n" / "b.fits", sky_pixels())
    (tmp_path / "n" / "a.fits").write_bytes(content)
    reduced(tmp_path / "n", tmp_path / "out")
    assert sum(rejects(tmp_path / "out").values()) == 1


def test_a_file_that_was_cut_off(tmp_path):
    write_fits(tmp_path / "n" / "a.fits", sky_pixels())
    whole = (tmp_path / "n" / "a.fits").read_bytes()
    (tmp_path / "n" / "a.fits").write_bytes(whole[: len(whole) // 2])
    write_fits(tmp_path / "n" / "b.fits", sky_pixels())
    reduced(tmp_path / "n", tmp_path / "out")
    assert len(records(tmp_path / "out", "frames")) == 1
    assert sum(rejects(tmp_path / "out").values()) == 1
