"""Whole extractions under compat against what moseq2-extract wrote, option by option."""

import json
import os
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from depth.depth_files import CASES

pytest.importorskip("cv2")
pytest.importorskip("av")
pytest.importorskip("h5py")

from swath.depth.arena import find_arena
from swath.depth.extract import extract_frames
from swath.depth.h5_descriptions import SCALARS
from swath.depth.recording import open_recording
from swath.depth.settings import settings_from
from swath.depth.tiff import read_tiff

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="conformance/depth is not here")

MINI = CASES / "sessions" / "mini"
VARIANTS = json.loads((CASES / "sessions" / "variants.json").read_text()) if CASES.is_dir() else {"variants": {}}

ONE_FRAME_AT_ITS_EDGE = "em_smooth"
"""Here a centroid's last bit, which hangs on the libraries of linear algebra, lets one more column into one crop."""

LATE = {"em_min": 12}
"""Here no pixel is mouse in all of the first ten frames; the peer's first models miss the mouse, and find it later."""

SYNTH = os.environ.get("SWATH_SYNTH2001")


class Held:
    """Frames that were decoded once, for many extractions."""

    def __init__(self, frames):
        self.count, self.rows, self.columns = frames.shape
        self.frames = frames

    def pieces(self, cuts):
        return (self.frames[start:stop] for start, stop in pairwise(cuts))

    def sample(self, start, stop, stride):
        return iter(self.frames[start:stop:stride])


@pytest.fixture(scope="module")
def recording():
    opened = open_recording(MINI / "depth.avi", compat=True)
    return replace(opened, frames=Held(next(opened.frames.pieces([0, 60]))))


@pytest.fixture(scope="module")
def arena_of(recording):
    background = np.asarray(read_tiff(MINI / "proc" / "bground.tiff"), np.float64)

    @cache
    def of(settings):
        return find_arena(recording, settings, background)

    def of_the_floor_alone(settings):
        # what does not concern the floor is put back, so that one search serves many variants
        plain = settings_from({**VARIANTS["base_config"], "compat": True})
        floor = ("bg_", "dilate", "erode", "graduate", "widen", "use_plane", "manual", "detected", "noise", "seed")
        kept = {name: value for name, value in vars(settings).items() if name.startswith(floor)}
        return of(replace(plain, **kept))

    return of_the_floor_alone


def joined(blocks, name):
    return np.concatenate([getattr(block, name) for block in blocks])


@pytest.mark.parametrize("name", VARIANTS["variants"])
def test_as_the_peer(recording, arena_of, name):
    settings = settings_from({**VARIANTS["base_config"], **VARIANTS["variants"][name], "compat": True})
    wanted = np.load(CASES / "sessions" / f"mini_{name}.npz")
    arena = arena_of(settings)
    np.testing.assert_array_equal(arena.roi, wanted["roi"])
    assert arena.roi.dtype == wanted["roi"].dtype
    assert arena.true_depth == wanted["true_depth"]
    if "background" in wanted:
        np.testing.assert_array_equal(arena.floor, wanted["background"])
    blocks = list(extract_frames(recording, arena, settings))
    late = LATE.get(name, 0)
    crops, masks = joined(blocks, "crops"), joined(blocks, "masks")
    if name == ONE_FRAME_AT_ITS_EDGE:
        assert (crops != wanted["frames"]).sum() <= 2
        assert np.abs(crops.astype(int) - wanted["frames"]).max() <= 1
    else:
        np.testing.assert_array_equal(crops[late:], wanted["frames"][late:])
        np.testing.assert_allclose(masks[late:], wanted["frames_mask"][late:], rtol=1e-3 if late else 1e-6)
    for place, scalar in enumerate(SCALARS):
        found = joined(blocks, "scalars")[:, place]
        np.testing.assert_allclose(
            found[late + 1 :], wanted[f"scalars/{scalar}"][late + 1 :], rtol=1e-6, err_msg=scalar
        )


@pytest.mark.skipif(not SYNTH, reason="SWATH_SYNTH2001 names no depth.dat of the long recording")
def test_a_long_session_as_the_peer():
    recording = open_recording(Path(SYNTH), compat=True)
    settings = settings_from({"compat": True, "chunk_size": 1000})
    arena = find_arena(recording, settings)
    blocks = list(extract_frames(recording, arena, settings))
    import h5py

    with h5py.File(CASES / "synth2001" / "results_00.h5") as wanted:
        np.testing.assert_array_equal(arena.background, wanted["metadata/extraction/background"])
        np.testing.assert_array_equal(arena.roi, wanted["metadata/extraction/roi"])
        np.testing.assert_array_equal(joined(blocks, "crops"), wanted["frames"])
        np.testing.assert_array_equal(joined(blocks, "masks"), wanted["frames_mask"])
        for place, scalar in enumerate(SCALARS):
            found = joined(blocks, "scalars")[:, place]
            np.testing.assert_allclose(found, wanted[f"scalars/{scalar}"][:], rtol=1e-6, err_msg=scalar)
