"""Columns of values of any shape: made, widened, written as literals and read back."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swath.panoptes.cell_texts import cell_texts
from swath.panoptes.cells import CellType, column_of, conformed, joined, type_of, values_of
from swath.panoptes.literals import parse_literal, parse_number
from swath.panoptes.parse_cells import distinct_texts, parse_cell, parse_cells, parse_number_lists
from swath.panoptes.text import Fields

NUMBERS = st.one_of(st.integers(-(2**40), 2**40), st.floats(allow_nan=False, allow_infinity=False, width=32))
TEXTS = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=8)
LEAVES = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=3))


def same(one, other):
    """Equal, where an integer may have become a float beside floats."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return one == other and isinstance(one, bool) == isinstance(other, bool)


@given(st.lists(VALUES, max_size=6))
def test_a_column_holds_its_values(values):
    assert same(values_of(column_of(values)), values)


@given(st.lists(VALUES, max_size=4), st.lists(VALUES, max_size=4))
def test_a_wider_type_holds_the_values_of_both(some, others):
    one, other = column_of(some), column_of(others)
    both = joined(CellType.of_arrow(one.type), CellType.of_arrow(other.type))
    assert same(values_of(conformed(one, both)), some)
    assert same(values_of(conformed(other, both)), others)


@given(st.lists(st.lists(NUMBERS | st.none(), max_size=4) | st.none(), max_size=5))
def test_lists_of_numbers_are_written_and_read_back(values):
    texts = cell_texts(column_of(values)).to_pylist()
    assert same(values_of(parse_cells(pa.array(["" if t is None else t for t in texts], pa.large_string()))), values)


@given(st.lists(st.lists(st.dictionaries(TEXTS, st.integers(0, 9), max_size=3), max_size=3), min_size=1, max_size=4))
def test_lists_of_dicts_are_written_and_read_back(values):
    texts = cell_texts(column_of(values))
    assert same(values_of(parse_cells(texts.cast(pa.large_string()))), values)


CELLS = st.one_of(
    st.just(""),
    st.lists(st.one_of(st.none(), NUMBERS, st.booleans(), TEXTS), max_size=3).map(repr),
    st.dictionaries(TEXTS, st.one_of(st.none(), st.lists(TEXTS, max_size=2)), max_size=2).map(repr),
    st.sampled_from(["[unclear] x", "[nan, 1.5]", "[1", "{1: 2}", "[(1, 'a')]", "[true, None]", "['a' 'b']", "[noun]"]),
)


@given(st.lists(CELLS, max_size=6))
def test_a_column_of_cells_is_each_of_them_by_itself(cells):
    expected = [parse_cell(cell) if cell else None for cell in cells]
    assert same(values_of(parse_cells(pa.array(cells, pa.large_string()))), expected)


def fields_of(cells):
    """Cells as they stand one after the other in a file."""
    pieces = [f"{cell},".encode() for cell in cells]
    starts = np.cumsum([0, *map(len, pieces)])[:-1]
    stops = starts + np.array([len(piece) - 1 for piece in pieces], np.int64)
    data = np.frombuffer(bytearray(b"".join(pieces)), np.uint8)
    return Fields(data, starts, stops, np.zeros(len(cells), np.uint8))


DECIMALS = st.one_of(NUMBERS, st.floats(allow_nan=False, allow_infinity=False), st.integers(), st.just(-0.0))
LISTS = st.lists(DECIMALS, max_size=4).map(repr)
ODD_LISTS = st.sampled_from(
    ["[01]", "[1.]", "[.5]", "[-]", "[1,2]", "[1, ]", "[+1]", "[1e5]", "[1.5.2]", "1", "[", "[[1]]"]
)


@given(st.lists(st.one_of(LISTS, LISTS, st.just(""), ODD_LISTS), min_size=1, max_size=5))
def test_lists_of_numbers_are_read_where_they_stand(cells):
    found, expected = parse_number_lists(fields_of(cells)), parse_cells(pa.array(cells, pa.large_string()))
    if found is not None:
        assert found.type == expected.type
        assert list(map(repr, found.to_pylist())) == list(map(repr, expected.to_pylist()))


@pytest.mark.parametrize("cells", [["[1, 2]", "", "[]", "[-3]"], ["[1.5, 2]", "[-0.0]"], ["[0.1, 12.25]"]])
def test_plain_lists_need_no_other_way(cells):
    assert parse_number_lists(fields_of(cells)).to_pylist() == [parse_cell(cell) if cell else None for cell in cells]


@given(st.lists(st.sampled_from(["", "[1]", "[2]", "a", "'"]), max_size=6), st.booleans())
def test_equal_cells_are_found_where_they_stand(cells, quotes):
    cells = [*cells, '"b"'] if quotes else cells
    distinct, places = distinct_texts(fields_of(cells))
    assert distinct.take(pa.array(places)).to_pylist() == cells
    assert quotes or len(distinct) == len(set(cells))


@given(st.lists(st.sampled_from([7, 7, None]), max_size=4), st.booleans())
def test_votes_are_written_as_numbers_or_as_floats(votes, whole):
    column = pa.array(votes, pa.int64())
    text = "7" if whole else "7.0"
    assert cell_texts(column, whole_numbers=whole).to_pylist() == [text if vote else None for vote in votes]


@given(VALUES.filter(lambda value: isinstance(value, list | dict)))
def test_a_literal_is_read_as_python_writes_it(value):
    assert same(parse_literal(repr(value)), value)


@pytest.mark.parametrize(
    "text", ["[unclear] x", "[1]+[2]", "{1+1}", "[__import__('os')]", "[x for x in (1,)]", "5 bags [blue]", "[" * 400]
)
def test_what_is_no_literal_stays_text(text):
    assert parse_literal(text) == text


def test_nan_is_nothing():
    assert parse_literal("[1.0, nan, null]") == [1.0, None, None]


@pytest.mark.parametrize(("text", "number"), [("5", 5), ("1e5", 1e5), ("-1.5", -1.5), ("007", 7), ("1_000", None),
                                              ("nan", None), ("inf", None), ("", None), ("1 ", None)])  # fmt: skip
def test_numbers(text, number):
    assert parse_number(text) == number


def test_the_words_of_python_are_values_and_others_are_not():
    assert [parse_cell(text) for text in ("True", "False", "None", "null", "yes")] == [
        True,
        False,
        "None",
        "null",
        "yes",
    ]


def test_a_column_with_gaps_has_floats_as_pandas_writes_them():
    column = pa.array([1, None])
    assert cell_texts(column).to_pylist() == ["1", None]
    assert cell_texts(column, whole_numbers=False).to_pylist() == ["1.0", None]


def test_what_json_has_not_is_refused():
    with pytest.raises(TypeError, match="set"):
        type_of({1})
    assert math.isnan(values_of(column_of([float("nan")]))[0])
