"""The CSV kernels against Python's own csv module, codecs and int."""

import csv
import io
import itertools
import os
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swath.kernels import csv as kernel

MANY = int(os.environ.get("SWATH_TEST_EXAMPLES", "300"))
SOUP = st.text('"",,\n\rab é\u0085\u2028😀\0', max_size=60)
FIELDS = st.lists(st.text('",\n\rab é😀', max_size=40), max_size=5)


@st.composite
def written(draw):
    """Text from csv.writer, now and then with a few characters put in or taken out: long and mostly regular."""
    style = draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=style, lineterminator=draw(st.sampled_from(["\n", "\r\n", "\r"])))
    writer.writerows(draw(st.lists(FIELDS, max_size=8)))
    text = out.getvalue()
    for place, char in draw(st.lists(st.tuples(st.integers(0, 400), st.sampled_from('",\n\rx')), max_size=2)):
        text = text[:place] + char + text[place + draw(st.integers(0, 1)) :]
    return text if draw(st.booleans()) else text[: draw(st.integers(0, len(text)))]


def expected(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def array(data):
    return np.frombuffer(bytearray(data), np.uint8)


def split(data, slots=range(70), final=True, of=kernel.split_records):
    data = array(data)
    slots = np.array(slots, np.int32)
    return of(data, slots, int(slots.max(initial=-1)) + 1, final)


def quickly(data, slots, wanted, final):
    """Split by bit masks alone: whether the quotes are regular, and what was found."""
    ends = np.empty((data.size + 63) // 64, np.uint64)
    regular, inside, lines = kernel._mark_regular(data, ends)
    return regular, kernel._collect(data, ends, True, inside, slots, wanted, lines, final)


def exactly(data, slots, wanted, final):
    """Split byte by byte."""
    ends = np.empty((data.size + 63) // 64, np.uint64)
    inside, lines = kernel._mark_exactly(data, ends)
    return kernel._collect(data, ends, False, inside, slots, wanted, lines, final)


def gathered(data, found):
    """The wanted fields of split records, None where a record lacks one."""
    starts, stops, styles = found[4:7]
    offsets, out = kernel.gather_fields(array(data), starts.ravel(), stops.ravel(), styles.ravel())
    texts = [out[a:b].tobytes().decode() for a, b in itertools.pairwise(offsets)]
    flat = iter(None if start < 0 else text for start, text in zip(starts.ravel(), texts, strict=True))
    return [[next(flat) for _ in range(starts.shape[1])] for _ in range(starts.shape[0])]


def rows(data, found):
    """Whole records as csv.reader gives them."""
    counts = found[3]
    whole = [row[:count] for row, count in zip(gathered(data, found), counts, strict=True)]
    assert all(None not in row for row in whole)
    return whole


def read_in_blocks(data, size, late=False):
    """Read as a file is read, a block at a time; if late, its end shows only when nothing more comes."""
    found, at, length = [], 0, size
    while True:
        piece = data[at : at + length]
        final = at + length > len(data) if late else at + length >= len(data)
        one = split(piece, final=final)
        assert final or not one[7]
        assert one[1] == one[2][-1] <= len(piece)
        found += rows(piece, one)
        at += one[1]
        if final and at == len(data):
            return found, bool(one[7])
        length = size if one[1] else length + 1


@settings(max_examples=MANY, deadline=None)
@given(SOUP)
def test_splits_soup_as_python_does(text):
    data = text.encode()
    found = split(data)
    assert rows(data, found) == expected(text)
    assert found[1] == len(data)


@settings(max_examples=MANY, deadline=None)
@given(written())
def test_splits_written_text_as_python_does(text):
    data = text.encode()
    assert rows(data, split(data)) == expected(text)


@settings(max_examples=MANY, deadline=None)
@given(st.one_of(SOUP, written()))
def test_the_quick_way_agrees_with_the_exact_one_or_declines(text):
    data = text.encode()
    for final in (False, True):
        exact = split(data, final=final, of=exactly)
        regular, quick = split(data, final=final, of=quickly)
        if regular:
            assert quick[0] <= text.count("\n") + text.count("\r") + 1
            assert rows(data, quick) == rows(data, exact)
            assert (quick[0], quick[1], quick[7]) == (exact[0], exact[1], exact[7])
            assert quick[2].tolist() == exact[2].tolist()
            assert gathered(data, quick) == gathered(data, exact)


@pytest.mark.parametrize("pad", [0, 57, 58, 59, 60, 61, 62, 63, 64, 127])
def test_splits_every_short_text_wherever_it_stands(pad):
    for length in range(6):
        for chars in itertools.product('",\n\rx', repeat=length):
            text = "a" * (pad - 1) + "," * (pad > 0) + "".join(chars)
            data = text.encode()
            assert rows(data, split(data)) == expected(text)


@settings(max_examples=200, deadline=None)
@given(st.lists(FIELDS, max_size=20), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_what_csv_writer_quotes_goes_the_quick_way(records, end, ended):
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator=end).writerows([*records, ["last", ""]])
    data = out.getvalue().encode() if ended else out.getvalue().removesuffix(end).encode()
    regular, found = split(data, of=quickly)
    assert regular
    assert rows(data, found) == [*records, ["last", ""]]


@settings(max_examples=80, deadline=None)
@given(st.text('"",\n\r\raé', max_size=26), st.booleans())
def test_records_are_the_same_wherever_blocks_end(text, late):
    data = text.encode()
    whole = split(data)
    for size in range(1, len(data) + 1):
        assert read_in_blocks(data, size, late) == (expected(text), bool(whole[7]))


@settings(max_examples=100, deadline=None)
@given(written(), st.integers(60, 70), st.booleans())
def test_long_records_are_the_same_wherever_blocks_end(text, size, late):
    data = text.encode()
    assert read_in_blocks(data, size, late)[0] == expected(text)


@settings(max_examples=300, deadline=None)
@given(st.one_of(SOUP, written()))
def test_bounds_tile_the_text(text):
    data = text.encode()
    bounds = split(data)[2].tolist()
    assert bounds[0] == 0
    assert bounds[-1] == len(data)
    assert sorted(set(bounds)) == bounds
    again = [record for a, b in itertools.pairwise(bounds) for record in expected_of(data[a:b])]
    assert again == expected(text)


def expected_of(piece):
    return expected(piece.decode())


@settings(max_examples=300, deadline=None)
@given(st.one_of(SOUP, written()), st.permutations(range(5)), st.integers(0, 5))
def test_gives_wanted_columns_in_the_order_wanted(text, columns, wanted):
    data = text.encode()
    columns = columns[:wanted]
    slots = [columns.index(c) if c in columns else -1 for c in range(5)]
    records = [[row[c] if c < len(row) else None for c in columns] for row in expected(text)]
    found = split(data, slots)
    assert gathered(data, found) == records
    assert found[3].tolist() == [len(row) for row in expected(text)]
    gone = [[field is None for field in row] for row in records]
    assert (found[4] == -1).tolist() == gone
    assert (found[5] == -1).tolist() == gone


def test_missing_fields_are_empty_when_gathered():
    data = b'a,b,c\nx\n\n"1","2","3"'
    found = split(data, [-1, 0, 1])
    assert gathered(data, found) == [["b", "c"], [None, None], [None, None], ["2", "3"]]
    offsets, out = kernel.gather_fields(array(data), *(part.ravel() for part in found[4:7]))
    assert offsets.tolist() == [0, 1, 2, 2, 2, 2, 2, 3, 4]
    assert out.tobytes() == b"bc23"


@pytest.mark.parametrize("text", ['"', 'a,"', '"a', '"a\n', '"a""', 'a\n"b,c\nd', '"a"x\n"b""', '"\r'])
def test_tells_of_an_open_quote_at_the_end(text):
    data = text.encode()
    found = split(data)
    assert found[7]
    assert rows(data, found) == expected(text)
    assert not split(data, final=False)[7]


@pytest.mark.parametrize("text", ["", "a", '"a"', '"a"\n', '"a""b"', 'a"', '"a"x"', '"a"\n"b"', '""'])
def test_tells_of_no_open_quote_where_there_is_none(text):
    assert not split(text.encode())[7]
    assert rows(text.encode(), split(text.encode())) == expected(text)


def test_says_how_fields_are_quoted():
    styles = split(b'a,"b","c"d,,"","a""b",x"y"\n')[6][0, :7]
    plain, quoted, mixed = kernel.PLAIN, kernel.QUOTED, kernel.MIXED
    assert styles.tolist() == [plain, quoted, mixed, plain, quoted, quoted, plain]


@settings(max_examples=300, deadline=None)
@given(st.one_of(SOUP, written()))
def test_tells_whether_fields_hold_quotes(text):
    data = text.encode()
    found = split(data)
    spans = [(a, b) for a, b in zip(found[4].ravel(), found[5].ravel(), strict=True) if a >= 0]
    expected = any(b'"' in data[a:b] for a, b in spans)
    assert kernel.has_quotes(array(data), found[4].ravel(), found[5].ravel()) == expected


@pytest.mark.parametrize("cell", ['"a, b"', '"say ""hi""\r\n"', "ab cdefg", '"12345678'])
def test_reads_a_cell_of_40_mb(cell):
    quoted = cell[0] == '"'
    body = cell.strip('"') * (40_000_000 // len(cell.strip('"')))
    body = body if len(body) % 2 == 0 or not quoted else body[:-1]
    text = f'1,"{body}",2\n3,4,5\n' if quoted else f"1,{body},2\n3,4,5\n"
    limit = csv.field_size_limit(100_000_000)
    try:
        records = expected(text)
    finally:
        csv.field_size_limit(limit)
    data = text.encode()
    assert rows(data, split(data, range(3))) == records
    assert split(data[:39_000_000], range(3), final=False)[:2] == (0, 0)


def test_leaves_the_byte_order_mark_to_the_caller():
    data = '\ufeff"a",b\n'.encode()
    assert rows(data, split(data)) == [['\ufeff"a"', "b"]] == expected(data.decode())
    assert rows(data[3:], split(data[3:])) == [["a", "b"]]


GOOD_PIECES = [b"a", "é".encode(), "€".encode(), "😀".encode()]
GOOD_PIECES += [b"\xef\xbf\xbf", b"\xed\x9f\xbf", b"\xf4\x8f\xbf\xbf"]
BAD_PIECES = [b"\0", b"\x80", b"\xc3", b"\xe2", b"\xe2\x82", b"\xf0", b"\xf0\x9f\x98", b"\xff"]
BAD_PIECES += [b"\xc0\xaf", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf0\x80\x80\x80", b"\xf4\x90\x80\x80"]
PIECES = st.sampled_from(GOOD_PIECES + BAD_PIECES)
RECORDS = st.lists(st.one_of(st.lists(PIECES, max_size=4).map(b"".join), st.binary(max_size=6)), max_size=12)


def flag(record):
    if 0 in record:
        return 1
    try:
        record.decode("utf-8")
    except UnicodeDecodeError:
        return 2
    return 0


def flags(records):
    bounds = np.cumsum([0, *map(len, records)])
    return kernel.flag_bad_bytes(array(b"".join(records)), bounds).tolist()


@settings(max_examples=MANY, deadline=None)
@given(RECORDS)
def test_flags_bad_bytes_as_strictly_as_python(records):
    assert flags(records) == [flag(record) for record in records]


def test_flags_every_combination_of_edge_bytes():
    edges = bytes.fromhex("00417f808f909fa0bfc0c1c2dfe0e1ecedeeeff0f1f3f4f5ff")
    records = [bytes(record) for n in range(5) for record in itertools.product(edges, repeat=n)]
    assert flags(records) == [flag(record) for record in records]


def parse(texts):
    data = [text.encode() for text in texts]
    bounds = np.cumsum([0, *map(len, data)])
    values, good = kernel.parse_integers(array(b"".join(data)), bounds[:-1], bounds[1:])
    return [int(value) if ok else None for value, ok in zip(values, good, strict=True)]


BLANKS = st.text(" ", max_size=3)
BOUND = 10**18 - 1


@settings(max_examples=MANY, deadline=None)
@given(st.lists(st.tuples(BLANKS, st.integers(-BOUND, BOUND), BLANKS), max_size=9))
def test_parses_integers(parts):
    assert parse([f"{before}{value}{after}" for before, value, after in parts]) == [v for _, v, _ in parts]


@settings(max_examples=MANY, deadline=None)
@given(st.lists(st.text("0123456789 -+_.eé\t٣\0", max_size=21), max_size=9))
def test_takes_no_other_text_for_an_integer(texts):
    good = re.compile(" *-?[0-9]{1,18} *")
    assert parse(texts) == [int(text) if good.fullmatch(text) else None for text in texts]


@pytest.mark.parametrize("text", ["", " ", "-", "--1", "- 1", "+1", "1 2", "1" * 19, "0" * 19, "/", ":"])
def test_refuses(text):
    assert parse(["7", text, "8"]) == [7, None, 8]


def test_parses_integers_of_18_digits():
    assert parse(["9" * 18, "-" + "9" * 18, "0" * 18, "-0"]) == [BOUND, -BOUND, 0, 0]


@given(st.lists(st.tuples(st.text('ab"', max_size=150), st.booleans()), max_size=5))
def test_long_fields_are_gathered_whole(texts):
    pieces = [(t.replace('"', '""') if quoted else t.replace('"', "q")) + '",' for t, quoted in texts]
    starts = np.cumsum([0, *map(len, pieces)])[:-1]
    stops = starts + np.array([len(piece) - 2 for piece in pieces], np.int64)
    styles = np.array([kernel.QUOTED if quoted else kernel.PLAIN for _, quoted in texts], np.uint8)
    offsets, out = kernel.gather_fields(array("".join(pieces).encode()), starts, stops, styles)
    expected = [t if quoted else t.replace('"', "q") for t, quoted in texts]
    assert [out[a:b].tobytes().decode() for a, b in itertools.pairwise(offsets)] == expected
