"""Pictures as MoSeq keeps them, against those that moseq2-extract wrote and read."""

import numpy as np
import pytest

from depth.depth_files import CASES
from swath.depth import tiff
from swath.errors import InputError

tifffile = pytest.importorskip("tifffile")

conformance = pytest.mark.skipif(not CASES.is_dir(), reason="conformance/depth is not here")

WRITERS = {
    "scaled": ("im", tiff.write_scaled),
    "float_half": ("half", tiff.write_scaled),
    "range_tuple": ("im", lambda path, image: tiff.write_in_range(path, image, 623, 723)),
    "range_list": ("im", lambda path, image: tiff.write_plain(path, image, [623, 723])),
    "unscaled": ("im", tiff.write_plain),
}


@conformance
@pytest.mark.parametrize("name", WRITERS)
def test_written_and_read_as_the_peer_does(tmp_path, name):
    source, write = WRITERS[name]
    theirs, mine = CASES / "tiff" / f"{name}.tiff", tmp_path / "mine.tiff"
    write(mine, np.load(CASES / "tiff" / "source.npz")[source])
    with tifffile.TiffFile(mine) as ours, tifffile.TiffFile(theirs) as expected:
        assert ours.pages[0].description == expected.pages[0].description
        np.testing.assert_array_equal(ours.asarray(), expected.asarray())
    wanted = np.load(CASES / "tiff" / f"{name}.read.npy")
    read = tiff.read_tiff(theirs)
    assert read.dtype == wanted.dtype
    np.testing.assert_array_equal(read, wanted)


def test_whole_numbers_and_masks_come_back(tmp_path):
    image = np.array([[0.0, 673.0], [1100.0, 12.0]])
    tiff.write_scaled(tmp_path / "a.tiff", image)
    np.testing.assert_array_equal(tiff.read_tiff(tmp_path / "a.tiff"), image)
    tiff.write_scaled(tmp_path / "roi.tiff", image > 12)
    np.testing.assert_array_equal(tiff.read_tiff(tmp_path / "roi.tiff"), image > 12)


def test_one_page_of_several_axes(tmp_path):
    first = np.arange(12, dtype=np.uint16).reshape(1, 3, 4)
    tiff.write_plain(tmp_path / "first_frame.tiff", first)
    tiff.write_scaled(tmp_path / "bground.tiff", first[0])
    assert tiff.read_tiff(tmp_path / "first_frame.tiff").shape == (1, 3, 4)
    assert {name: image.shape for name, image in tiff.read_tiffs(tmp_path).items()} == {
        "bground.tiff": (3, 4),
        "first_frame.tiff": (3, 4),
    }


@pytest.mark.parametrize("content", [None, b"", b"no picture"])
def test_what_is_no_picture_is_refused(tmp_path, content):
    path = tmp_path / "bground.tiff"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"bground\.tiff"):
        tiff.read_tiff(path)
