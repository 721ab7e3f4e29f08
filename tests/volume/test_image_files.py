"""Image files: boxes of planes against whole ones, headers that are known again, files that are not what they were."""

import shutil
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swath.volume.images.errors import ImageReadError
from swath.volume.images.opening import open_image
from swath.volume.images.stack import open_stack
from swath.volume.images.stage import Orientation
from swath.volume.images.stored_array import StoredArray

tifffile = pytest.importorskip("tifffile")

LAYOUTS = ["yx", "yxc", "cyx", "zyx", "zyxc", "tzyx", "zcyx", "yzx"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("arrays")


@settings(max_examples=60, deadline=None)
@given(
    layout=st.sampled_from(LAYOUTS),
    dtype=st.sampled_from(["|u1", "<u2", ">u2", "<f4", ">i8"]),
    offset=st.integers(0, 9),
    rows=st.tuples(st.integers(0, 8), st.integers(0, 12)),
    columns=st.tuples(st.integers(0, 39), st.integers(1, 40)),
)
def test_a_box_is_a_part_of_a_plane(folder, layout, dtype, offset, rows, columns):
    """Whether its rows are read, or the file is mapped for a narrow one; beyond the plane there is none."""
    lengths = {"t": 2, "z": 3, "c": 3, "y": 9, "x": 40}
    array = np.random.default_rng(3).integers(0, 99, [lengths[axis] for axis in layout]).astype(dtype)
    path = folder / "array.raw"
    path.write_bytes(bytes(offset) + array.tobytes())
    stored = StoredArray(path, np.dtype(dtype), offset, tuple((axis, lengths[axis]) for axis in layout))
    places = [{"t": 1, "z": 2}, {"z": 0}]
    box = slice(rows[0], sum(rows)), slice(columns[0], min(sum(columns), 40))
    for part, whole in zip(stored.boxes(places, *box), stored.planes(places), strict=True):
        np.testing.assert_array_equal(part, whole[box])


@given(
    orientation=st.builds(Orientation, st.booleans(), st.booleans(), st.booleans()),
    low=st.tuples(st.integers(0, 4), st.integers(0, 4)),
    size=st.tuples(st.integers(1, 3), st.integers(1, 3)),
)
def test_a_part_turned_is_a_part_of_the_whole_turned(orientation, low, size):
    image = np.arange(7 * 8 * 2).reshape(7, 8, 2)
    box = tuple(slice(a, a + n) for a, n in zip(low, size, strict=True))
    part = image[orientation.taken(*box, 7, 8)]
    np.testing.assert_array_equal(orientation.turned(part), orientation.turned(image)[box])


KINDS = {
    "plain": {},
    "another description": {"description": "another"},
    "another software": {"software": "another"},
    "an ImageJ file": {"imagej": True},
    "a large file": {"bigtiff": True},
    "big endian": {"byteorder": ">"},
    "compressed": {"compression": "zlib"},
    "in strips": {"rowsperstrip": 4},
    "without shape": {"metadata": None},
    "inverted": {"photometric": "miniswhite"},
}


def test_a_file_is_known_by_its_header(tmp_path):
    """What is known without opening a file as an image is what opening it says."""
    image = np.random.default_rng(1).integers(0, 99, (24, 40)).astype(np.uint8)
    for name, how in KINDS.items():
        tifffile.imwrite(tmp_path / f"{name}.tif", image, **how)
    tifffile.imwrite(tmp_path / "signed.tif", image.astype(np.int8))
    tifffile.imwrite(tmp_path / "turned.tif", image.T)
    tifffile.imwrite(tmp_path / "two pages.tif", np.stack([image, image]), photometric="minisblack")
    paths = sorted(tmp_path.glob("*.tif"))
    opened = {path: open_image(path) for path in paths}
    for path, file in opened.items():
        for other in paths:
            assert file.alike(other) in (None, opened[other])
        copy = shutil.copy(path, tmp_path / "copy.tif")
        known = file.alike(copy)
        flat_and_plain = file.is_plain and file.is_flat
        assert (known == open_image(copy)) if flat_and_plain else known is None
        assert file.alike(tmp_path / "none.tif") is None
        assert file.alike(shutil.copy(path, tmp_path / "copy.png")) is None


def test_a_stack_of_equal_headers_is_opened_once(tmp_path, monkeypatch):
    for z in range(4):
        tifffile.imwrite(tmp_path / f"{z}.tif", np.full((24, 40), z, np.uint8))
    tifffile.imwrite(tmp_path / "4.tif", np.full((24, 40), 4, np.uint8), description="of another day")
    opened = []
    monkeypatch.setattr(
        "swath.volume.images.stack.open_image", lambda path: opened.append(path.name) or open_image(path)
    )
    stack = open_stack(sorted(tmp_path.iterdir()))
    assert opened == ["0.tif", "4.tif"]
    assert [plane[0, 0, 0] for plane in stack.planes(range(5))] == [0, 1, 2, 3, 4]


def test_one_byte_of_a_header_is_enough(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((24, 40), np.uint8), metadata=None)
    content = (tmp_path / "a.tif").read_bytes()
    first = open_image(tmp_path / "a.tif")
    (tags,) = struct.unpack("<H", content[8:10])
    for place in range(10 + 12 * tags + 4):
        changed = bytearray(content)
        changed[place] ^= 1
        (tmp_path / "b.tif").write_bytes(changed)
        assert first.alike(tmp_path / "b.tif") is None
    (tmp_path / "b.tif").write_bytes(content[:-1])
    assert first.alike(tmp_path / "b.tif") is None


def test_a_file_that_is_cut_while_it_is_read_is_told(tmp_path):
    for z in range(3):
        tifffile.imwrite(tmp_path / f"{z}.tif", np.full((24, 40), z, np.uint8))
    stack = open_stack(sorted(tmp_path.iterdir()))
    box = slice(0, 24), slice(0, 40)
    assert [plane[3, 4, 0] for plane in stack.boxes([2, 0], (), *box)] == [2, 0]
    content = (tmp_path / "1.tif").read_bytes()
    (tmp_path / "1.tif").write_bytes(content[:-1])
    with pytest.raises(ImageReadError, match=r"1\.tif is cut off or went away: it ends too soon"):
        list(stack.boxes([1], (), *box))
    (tmp_path / "1.tif").unlink()
    with pytest.raises(ImageReadError, match=r"1\.tif is cut off or went away"):
        list(stack.boxes([1], (), *box))
    with pytest.raises(ImageReadError, match=r"1\.tif is cut off or went away"):
        list(stack.boxes([1], (), slice(0, 24), slice(0, 2)))


def test_a_picture_that_is_not_what_it_was_is_told(tmp_path):
    image_module = pytest.importorskip("PIL.Image")
    image_module.fromarray(np.zeros((24, 40), np.uint8)).save(tmp_path / "a.png")
    picture = open_image(tmp_path / "a.png")
    image_module.fromarray(np.zeros((24, 41), np.uint8)).save(tmp_path / "a.png")
    with pytest.raises(ImageReadError, match=r"a\.png is not what it was"):
        list(picture.boxes([{}], slice(0, 2), slice(0, 2)))
