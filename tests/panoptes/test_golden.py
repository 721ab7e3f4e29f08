"""A whole project against panoptes_aggregation 5.3.1, cell for cell: each command that the peer was given."""

import shlex

import pytest

from makers import CONFORMANCE
from peer_csv import difference, rows_of
from swath.panoptes.extract.csv_output import extract_csv
from swath.panoptes.reduce.csv_output import reduce_csv

GOLDEN = CONFORMANCE / "panoptes" / "golden"
pytestmark = pytest.mark.skipif(not GOLDEN.is_dir(), reason="conformance/panoptes is not here")

RAISED_AT_THE_PEER = {
    "dropdown_extractor_w2005",
    "slider_extractor_w2005",
    "shape_extractor_rectangle_w2006",
}
"""Reductions that crashed the peer; they must not crash here."""


ON_ANOTHER_PROCESSOR = {"shape_optics_circle": 1}
"""Rows that the peer itself gives otherwise on another processor, whose matrix product rounds otherwise."""


def commands(verb):
    if not GOLDEN.is_dir():
        return []
    lines = (GOLDEN / "commands.txt").read_text(encoding="utf-8").splitlines()
    split = [shlex.split(line)[2:] for line in lines if line.split()[1] == verb]
    return [
        pytest.param(words, id=words[words.index("-d") + 1] + "/" + words[words.index("-o") + 1]) for words in split
    ]


def option(words, name, default=None):
    return words[words.index(name) + 1] if name in words else default


@pytest.mark.parametrize("words", commands("extract"))
def test_extract(tmp_path, words):
    paths, _ = extract_csv(
        [GOLDEN / words[0]], GOLDEN / words[1], tmp_path, option(words, "-o"), order="-O" in words, compat=True
    )
    folder = GOLDEN / option(words, "-d")
    expected = sorted(folder.glob(f"*_{option(words, '-o')}.csv"))
    assert sorted(path.name for path in paths) == [path.name for path in expected]
    for path in expected:
        assert difference(rows_of(tmp_path / path.name), rows_of(path)) is None, path.name
    if "-O" in words:
        for path in expected:
            assert first_line(tmp_path / path.name) == first_line(path)


def first_line(path):
    return path.read_text(encoding="utf-8").split("\n", 1)[0]


@pytest.mark.parametrize("words", commands("reduce"))
def test_reduce(tmp_path, words):
    name = option(words, "-o")
    path, _ = reduce_csv(
        GOLDEN / words[0],
        GOLDEN / words[1],
        tmp_path,
        name,
        repeats=option(words, "-F", "first"),
        order="-O" in words,
        compat=name not in RAISED_AT_THE_PEER,
    )
    expected = GOLDEN / option(words, "-d") / path.name
    assert expected.exists() != (name in RAISED_AT_THE_PEER)
    if expected.exists():
        found, wanted = in_order(rows_of(path)), in_order(rows_of(expected))
        differing = sum(difference([one], [other]) is not None for one, other in zip(found, wanted, strict=True))
        assert differing <= ON_ANOTHER_PROCESSOR.get(name, 0), difference(found, wanted)
        if "-O" in words:
            assert first_line(path) == first_line(expected)


def in_order(rows):
    return sorted(rows, key=lambda row: (row["subject_id"], row["task"]))
