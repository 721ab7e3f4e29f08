"""Fnotching against p4tools 0.23.0, and the corrected form beside it."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from makers import CONFORMANCE
from swath.kernels.pairs import near_pairs
from swath.planet4.fnotch import Clusters, combine_tiles, combine_tiles_as_published

CASES = CONFORMANCE / "planet4" / "fnotching" / "hand.jsonl"
NAMES = ("image_x", "image_y", "angle", "distance", "spread", "n_votes")


def clusters(*tiles):
    rows = [row for tile in tiles for row in tile]
    columns = {name: np.array([row.get(name, np.nan) for row in rows], float) for name in NAMES}
    return Clusters(columns, np.concatenate([[0], np.cumsum([len(tile) for tile in tiles])]).astype(np.int64))


def fan(x=100, angle=0, votes=5, y=100):
    return {"image_x": x, "image_y": y, "angle": angle, "distance": 30.0, "spread": 20.0, "n_votes": votes}


def blotch(x=115, votes=5, y=100):
    return {"image_x": x, "image_y": y, "angle": 0, "n_votes": votes}


def cases():
    if not CASES.is_file():
        return []
    return [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]


@pytest.mark.skipif(not CASES.is_file(), reason="conformance/planet4 is not here")
def test_every_case_among_others():
    given_cases = cases()
    fans = [case["fans"] or [] for case in given_cases]
    blotches = [case["blotches"] or [] for case in given_cases]
    made = combine_tiles_as_published(clusters(*fans), clusters(*blotches), 0.5)
    for number, case in enumerate(given_cases):
        result = case["result"]
        for kind, tiles, kept, ratios in (
            ("fans", fans, made.fans, made.fan_ratio),
            ("blotches", blotches, made.blotches, made.blotch_ratio),
        ):
            start = sum(len(tile) for tile in tiles[:number])
            ours = (kept >= start) & (kept < start + len(tiles[number]))
            found = [
                (tiles[number][position - start]["marking_id"], None if np.isnan(ratio) else pytest.approx(ratio))
                for position, ratio in zip(kept[ours], ratios[ours], strict=True)
            ]
            wanted = [(row["marking_id"], row.get("vote_ratio")) for row in result.get(f"L1C_cut_0.5/{kind}", [])]
            assert found == wanted, case["name"]
        start = sum(len(tile) for tile in fans[:number])
        ours = (made.fnotches.fans >= start) & (made.fnotches.fans < start + len(fans[number]))
        pairs = np.stack([made.fnotches.fan_ratio[ours], made.fnotches.blotch_ratio[ours]], axis=1).reshape(-1)
        assert pairs == pytest.approx([row["vote_ratio"] for row in result.get("L1B/fnotches", [])]), case["name"]


@pytest.mark.parametrize(("first", "second"), [(0, 180), (180, 0), (350, 168), (2, 180)])
def test_opposing_fans_whichever_way_they_turn(first, second):
    reach = 15 / np.cos(np.deg2rad(0))
    one = fan(100, first, 8)
    other = fan(100 + 2 * 0.5 * reach * np.cos(np.deg2rad(first)), second, 4)
    assert combine_tiles(clusters([one, other]), clusters([]), 0.5).fans.tolist() == [0]
    assert combine_tiles(clusters([other, one]), clusters([]), 0.5).fans.tolist() == [1]


def test_of_equal_votes_the_first_opposing_fan_stays():
    fans = [fan(100, 180, 5), fan(101, 0, 5)]
    fans[1]["image_x"] = 75
    for combining in (combine_tiles, combine_tiles_as_published):
        assert combining(clusters(fans), clusters([]), 0.5).fans.tolist() == [0]


def test_a_fan_that_goes_moves_no_other():
    # the first goes for the second; the third is in a pair, the fourth is not
    fans = [fan(100, 180, 3), fan(75, 0, 9), fan(300, 0, 9), fan(500, 0, 9)]
    blotches = [blotch(315, 2)]
    right = combine_tiles(clusters(fans), clusters(blotches), 0.5)
    assert right.fans.tolist() == [1, 3, 2]
    published = combine_tiles_as_published(clusters(fans), clusters(blotches), 0.5)
    assert published.fans.tolist() == [2, 3, 2]


def test_no_clusters_at_all():
    nothing = combine_tiles(clusters([]), clusters([]), 0.5)
    assert nothing.fans.size == nothing.blotches.size == nothing.fnotches.fans.size == 0


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=6), st.integers(0, 2**32 - 1))
def test_pairs_are_those_of_a_plain_loop(sizes, seed):
    random = np.random.default_rng(seed)
    first_offsets = np.concatenate([[0], np.cumsum([a for a, _ in sizes])]).astype(np.int64)
    second_offsets = np.concatenate([[0], np.cumsum([b for _, b in sizes])]).astype(np.int64)
    first, second = random.uniform(0, 10, (first_offsets[-1], 2)), random.uniform(0, 10, (second_offsets[-1], 2))
    found = list(
        zip(*(side.tolist() for side in near_pairs(first, first_offsets, second, second_offsets, 5.0)), strict=True)
    )
    plain = [
        (i, j)
        for g in range(len(sizes))
        for i in range(first_offsets[g], first_offsets[g + 1])
        for j in range(second_offsets[g], second_offsets[g + 1])
        if np.linalg.norm(first[i] - second[j]) < 5.0
    ]
    assert found == plain


def test_more_pairs_than_points():
    points, offsets = np.zeros((40, 2)), np.array([0, 40])
    ones, others = near_pairs(points, offsets, points, offsets, 1.0)
    assert ones.size == others.size == 1600
