"""Transcribed lines: what is found in them, and what becomes of odd marks."""

import math
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swath.errors import MissingExtraError, UsageError
from swath.panoptes.keywords import values
from swath.panoptes.reduce import line_text, optics_text
from swath.panoptes.reduce.gutters import columns_of_lines
from swath.panoptes.reduce.model import Group, ReduceError
from swath.panoptes.reduce.optics_clusters import distances, enough_samples, once_each
from swath.panoptes.reduce.optics_reach import walk
from swath.panoptes.reduce.slopes import apart, least_squares_slope, mean_slope

REDUCERS = {reducer.name: reducer for reducer in (*line_text.REDUCERS, *optics_text.REDUCERS)}
POLY, OPTICS = REDUCERS


def transcribed(*lines, gold_standard=False, frame="frame0"):
    """An extract of lines given as (x from, x to, y, text), level, with the text after the first dot."""
    return {
        frame: {
            "points": {"x": [[a, b] for a, b, _, _ in lines], "y": [[y, y] for _, _, y, _ in lines]},
            "text": [[text] for _, _, _, text in lines],
            "slope": [0.0] * len(lines),
            "gold_standard": gold_standard,
        }
    }


def reduced(name, extracts, compat=False, **given):
    keywords = values(REDUCERS[name].keywords, given, name)
    users = [10 + number for number in range(len(extracts))]
    return REDUCERS[name].function(Group(extracts, users), **keywords, compat=compat)


def said(found, frame="frame0"):
    return [line["consensus_text"] for line in found[frame]]


@pytest.mark.parametrize("name", REDUCERS)
def test_lines_are_found_and_read(name):
    group = [
        transcribed((0, 100, y, "line one"), (0, 100, 100 + y, text))
        for y, text in enumerate(["l 2", "l two", "l two"])
    ]
    found = reduced(name, group)
    assert said(found) == ["line one", "l two"]
    first, second = found["frame0"]
    assert first["clusters_x"] == [0.0, 100.0]
    assert first["clusters_y"] == [1.0, 1.0]
    assert first["clusters_text"] == [["line"] * 3, ["one"] * 3]
    assert (first["consensus_score"], first["low_consensus"], first["flagged"]) == (3.0, False, False)
    assert (second["consensus_score"], second["low_consensus"], second["flagged"]) == (2.5, True, True)
    assert second["extract_index"] == [1, 1, 1]
    assert second["user_ids"] == [10, 11, 12]
    assert (found["low_consensus_lines"], found["transcribed_lines"], found["reducer"]) == (1, 2, name)


def test_nothing_transcribed():
    counts = {"low_consensus_lines": 0, "transcribed_lines": 0}
    assert reduced(POLY, []) == reduced(POLY, [{}]) == {**counts, "reducer": POLY}
    assert reduced(POLY, [transcribed()]) == {"frame0": [], **counts, "reducer": POLY}
    assert reduced(OPTICS, []) == reduced(OPTICS, [{}, {"gold_standard": True}]) == {}
    assert reduced(OPTICS, [transcribed()]) == {"frame0": [], **counts, "reducer": OPTICS}


@pytest.mark.parametrize("name", REDUCERS)
def test_bad_keywords(name):
    for bad in ({"minimum_views": "many"}, {"low_consensus_threshold": "low"}):
        with pytest.raises(UsageError, match=next(iter(bad))):
            reduced(name, [], **bad)
    for bad in ({"eps_line": 0}, {"dot_freq": "page"}, {"process_by_line": "maybe"}, {"min_samples": "auto"}):
        with pytest.raises(UsageError, match=next(iter(bad))):
            reduced(POLY, [], **bad)
    for bad in ({"angle_eps": -1}, {"min_samples": "some"}, {"max_eps": "far"}):
        with pytest.raises(UsageError, match=next(iter(bad))):
            reduced(OPTICS, [], **bad)


@pytest.mark.parametrize("name", REDUCERS)
def test_a_frame_that_is_not_of_lines_is_refused(name):
    with pytest.raises(KeyError):
        reduced(name, [{"frame0": {"T0_tool0_x": [1]}}])
    torn = transcribed((0, 100, 0, "a"))
    torn["frame0"]["text"] = []
    with pytest.raises(ValueError, match="zip"):
        reduced(name, [torn])


@pytest.mark.parametrize("name", REDUCERS)
@pytest.mark.parametrize("bad", [None, math.nan, "4"])
def test_a_line_without_numbers_is_refused(name, bad):
    with pytest.raises(ReduceError, match="line 1"):
        reduced(name, [transcribed((0, 100, 0, "a"), (0, bad, 50, "b"))])


def test_blank_texts_count_as_views_only():
    group = [transcribed((0, 100, 0, text)) for text in ("one", "  ", "one")]
    (line,) = reduced(POLY, group)["frame0"]
    assert (line["number_views"], line["clusters_text"], line["user_ids"]) == (3, [["one", "one"]], [10, 11, 12])
    (line,) = reduced(OPTICS, group)["frame0"]
    assert (line["number_views"], line["clusters_text"], line["user_ids"]) == (3, [["one", "one"]], [10, 12])
    for name in REDUCERS:
        (line,) = reduced(name, [transcribed((0, 100, 0, "")) for _ in range(3)])["frame0"]
        assert (line["clusters_text"], line["consensus_score"], line["consensus_text"]) == ([], 0.0, "")


def test_missing_texts_are_blank():
    group = [transcribed((0, 100, 0, None)), transcribed((0, 100, 0, "one"))]
    assert said(reduced(POLY, group)) == ["one"]


def test_a_line_whose_ends_fall_together_is_left_out():
    found = reduced(POLY, [transcribed((0, 30, 0, "short"), (0, 100, 200, "long"))])
    assert said(found) == ["long"]
    assert found["transcribed_lines"] == 1


def test_words_of_too_few_become_empty():
    group = [transcribed((0, 100, 0, text)) for text in ("a b", "a b", "a c d")]
    (line,) = reduced(POLY, group, min_word_count=2)["frame0"]
    assert line["consensus_text"] == "a b"
    assert line["clusters_text"][-1] == ["", "", ""]


def test_dots_between_words():
    frame = {"points": {"x": [[0, 100, 200]], "y": [[0, 0, 0]]}, "text": [["two", "words"]], "slope": [0.0]}
    group = [{"frame0": frame}, {"frame0": frame}]
    (line,) = reduced(POLY, group, dot_freq="word")["frame0"]
    assert line["clusters_x"] == [0.0, 100.0, 200.0]
    assert line["clusters_text"] == [["two", "two"], ["words", "words"], ["", ""]]
    assert line["consensus_text"] == "two words"
    assert reduced(POLY, group, dot_freq="word", eps_word=1, min_samples=2)["transcribed_lines"] == 1
    apart = [{"frame0": {**frame, "points": {**frame["points"], "x": [[x, 100 + x, 200 + x]]}}} for x in (0, 20)]
    assert reduced(POLY, apart, dot_freq="word", eps_word=1, min_samples=2)["frame0"] == []
    (line,) = reduced(POLY, group, process_by_line="true")["frame0"]
    assert line["clusters_x"] == [0.0, 200.0]
    assert line["consensus_text"] == "two words"


def test_reading_order():
    page = transcribed((500, 900, 0, "c"), (0, 400, 100, "b"), (0, 400, 0, "a"))
    for name in REDUCERS:
        found = reduced(name, [page, page, page])
        assert said(found) == ["a", "b", "c"]
        assert [line["gutter_label"] for line in found["frame0"]] == [0, 0, 1]


def test_a_line_shorter_than_the_gutter_is_kept_unless_compat():
    page = transcribed((0, 60, 0, "short"), (0, 400, 100, "long"))
    assert said(reduced(POLY, [page], gutter_tol=40)) == ["short", "long"]
    assert said(reduced(POLY, [page], gutter_tol=40, compat=True)) == ["long"]


def test_lines_that_stand_for_themselves_count_unless_compat():
    group = [transcribed((0, 100, 0, "one"), (0, 100, 500, "far " + str(n) * 9 * n)) for n in range(3)]
    group[0]["frame1"] = transcribed((0, 100, 0, "a"), (0, 100, 99, "b"), frame="frame1")["frame1"]
    found, peer = reduced(OPTICS, group, xi=0.05), reduced(OPTICS, group, xi=0.05, compat=True)
    assert found["transcribed_lines"] == len(found["frame0"]) + 2
    assert found["low_consensus_lines"] == sum(line["low_consensus"] for f in ("frame0", "frame1") for line in found[f])
    assert peer["transcribed_lines"] < found["transcribed_lines"]
    assert [peer[name] for name in ("frame0", "frame1")] == [found[name] for name in ("frame0", "frame1")]


def test_numbers_of_lines_count_short_ones_unless_compat():
    page = transcribed((0, 0, 0, "dot"), (0, 100, 100, "line"))
    assert reduced(OPTICS, [page])["frame0"][0]["extract_index"] == [1]
    assert reduced(OPTICS, [page], compat=True)["frame0"][0]["extract_index"] == [0]


def test_max_eps_is_heard_unless_compat():
    group = [transcribed((0, 100, 10 * n, "one")) for n in range(3)]
    assert len(reduced(OPTICS, group)["frame0"]) == 1
    assert len(reduced(OPTICS, group, max_eps=5)["frame0"]) == 3
    assert len(reduced(OPTICS, group, max_eps=5, compat=True)["frame0"]) == 1


def test_too_few_volunteers_make_no_clusters():
    found = reduced(OPTICS, [transcribed((0, 100, 0, "a  [u]b[/u]"))] * 2, min_samples=3)
    assert [line["clusters_text"] for line in found["frame0"]] == [[["a"], ["[u]b[/u]"]]] * 2
    assert said(found) == ["a [u]b[/u]"] * 2


@pytest.mark.parametrize("missing", ["Levenshtein", "sklearn.cluster", "scipy.optimize"])
def test_what_is_not_installed_is_named(monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtraError, match="swath"):
        reduced(OPTICS, [transcribed((0, 100, 0, "a"))] * 2)


def test_enough_samples_grows():
    steps = [enough_samples(volunteers) for volunteers in range(60)]
    assert steps == sorted(steps)
    assert [enough_samples(n) for n in (6, 7, 10, 11, 15, 16, 20, 21, 40)] == [2, 3, 3, 4, 4, 5, 5, 5, 10]


ANGLES = st.lists(st.floats(-180, 180), min_size=1, max_size=8).map(np.array)


@given(ANGLES)
def test_apart_is_the_smaller_angle(angles):
    matrix = apart(angles)
    for (a, b), found in np.ndenumerate(matrix):
        turned = abs(angles[a] - angles[b])
        assert found == pytest.approx(min(turned, 360 - turned), abs=1e-9)


@given(st.floats(-180, 180), st.lists(st.floats(-40, 40), min_size=1, max_size=8))
def test_mean_of_near_slopes(middle, offsets):
    found = mean_slope(np.array([math.remainder(middle + offset, 360) for offset in offsets]))
    wanted = middle + sum(offsets) / len(offsets)
    assert math.remainder(found - wanted, 360) == pytest.approx(0, abs=1e-9)


@given(ANGLES)
def test_least_squares_slope_is_a_least_or_an_end_of_the_turn(angles):
    def squares(angle):
        return (apart(np.append(angles, angle))[-1] ** 2).sum()

    found = least_squares_slope(angles)
    assert -180 <= found <= 180
    assert found == 0 or squares(found) <= min(squares(found - 0.01), squares(found + 0.01)) + 1e-6


LINES = st.lists(
    st.tuples(st.integers(0, 100), st.integers(1, 60)).map(lambda t: (float(t[0]), float(sum(t)))), max_size=9
)


@given(LINES)
def test_columns_are_what_overlapping_lines_cover(lines):
    """Without a tolerance columns are the connected parts of the lines' union."""
    found = columns_of_lines(lines, 0)
    part = list(range(len(lines)))
    for _ in lines:
        for a, (start, end) in enumerate(lines):
            for b, (other, last) in enumerate(lines):
                if end >= other and last >= start:
                    part[a] = part[b] = min(part[a], part[b])
    assert len(set(zip(found, part, strict=True))) == len(set(found)) == len(set(part))
    for number in set(found):
        earlier = [line for line, column in zip(lines, found, strict=True) if column < number]
        own = [line for line, column in zip(lines, found, strict=True) if column == number]
        assert all(end < min(start for start, _ in own) for _, end in earlier)


@given(st.data())
def test_once_each_leaves_the_nearest_line_of_every_extract(data):
    size = data.draw(st.integers(0, 12))
    numbers = st.lists(st.integers(-1, 3), min_size=size, max_size=size)
    labels, cores, extracts = (np.array(data.draw(numbers), dtype=np.int64) for _ in range(3))
    found = once_each(labels, cores.astype(float), extracts)
    for n in range(size):
        rivals = [m for m in range(size) if (labels[m], extracts[m]) == (labels[n], extracts[n])]
        nearest = min(rivals, key=lambda m: cores[m])
        assert found[n] == (labels[n] if n == nearest else -1)


@settings(deadline=None)
@given(st.integers(2, 4), st.data(), st.sampled_from([math.inf, 3.0, 6.0]))
def test_the_walk_is_that_of_scikit_learn(min_samples, data, max_eps):
    cluster = pytest.importorskip("sklearn.cluster")
    places = data.draw(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 5)), min_size=min_samples, max_size=14))
    points = np.array(places, dtype=float)
    matrix = np.abs(points[:, None] - points[None, :]).sum(axis=2)
    plain = cluster.OPTICS(min_samples=min_samples, max_eps=max_eps, metric="precomputed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain.fit(matrix)
    found = walk(matrix, min_samples, max_eps)
    np.testing.assert_array_equal(found.ordering, plain.ordering_)
    np.testing.assert_array_equal(found.reachability, plain.reachability_)
    np.testing.assert_array_equal(found.core_distances, plain.core_distances_)
    np.testing.assert_array_equal(found.predecessor, plain.predecessor_)


WORDS = st.lists(st.sampled_from(["a", "[x]a[/x]", "b  b", "cc", ""]), max_size=4).map(" ".join)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9), st.integers(0, 9), WORDS), min_size=2, max_size=6))
def test_distances_of_lines(lines):
    from Levenshtein import distance

    from swath.panoptes.reduce.line_annotations import lines_by_frame
    from swath.panoptes.reduce.optics_clusters import bare_text

    drawn = lines_by_frame(Group([transcribed(line) for line in lines]))["frame0"]
    matrix = distances(drawn)
    for a, one in enumerate(lines):
        for b, other in enumerate(lines):
            gaps = math.hypot(one[0] - other[0], one[2] - other[2]) + math.hypot(one[1] - other[1], one[2] - other[2])
            assert matrix[a, b] == pytest.approx(gaps + distance(bare_text(one[3]), bare_text(other[3])))


def test_a_line_by_itself_is_given_by_its_ends():
    drawn = {"points": {"x": [[0, 40, 100]], "y": [[5, 6, 7]]}, "text": [["two words"]], "slope": [1.0]}
    (line,) = reduced(OPTICS, [{"frame0": drawn}])["frame0"]
    assert (line["clusters_x"], line["clusters_y"]) == ([0, 100], [5, 7])
