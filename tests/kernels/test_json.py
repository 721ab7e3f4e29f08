"""The JSON kernels against Python's own json module."""

import itertools
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swath.kernels import json as kernel
from swath.kernels import json_nodes, json_text, json_walk
from swath.kernels.json_member import find_member

MANY = int(os.environ.get("SWATH_TEST_EXAMPLES", "200"))
LITERALS = {kernel.NULL: None, kernel.FALSE: False, kernel.TRUE: True}
WIDTHS = st.sampled_from([1, 2])

KEYS = st.text('abé"\\\n\u2028😀', max_size=3)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(-9, 9), st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    st.one_of(SCALARS, st.text(max_size=8), KEYS),
    lambda some: st.one_of(st.lists(some, max_size=5), st.dictionaries(KEYS, some, max_size=5)),
    max_leaves=12,
)
BLANKS = st.text(" \t\r\n", max_size=2)


@st.composite
def texts_of(draw, values=VALUES):
    """A JSON text with blanks, escaped or not."""
    comma = draw(BLANKS) + "," + draw(BLANKS)
    colon = draw(BLANKS) + ":" + draw(BLANKS)
    indent = draw(st.sampled_from([None, None, 0, 1, "\t"]))
    value = draw(values)
    text = json.dumps(value, ensure_ascii=draw(st.booleans()), indent=indent, separators=(comma, colon))
    text = re.sub("[\ud800-\udfff]", "?", text)
    return draw(BLANKS) + text + draw(BLANKS)


CHARS = st.sampled_from([*'{}[]",:\\/ \t\n\r\f0123456789-+.eEtrufalsnbNIaydD\0\x1f\x7f\xa0\u2028\ufeffé'])


@st.composite
def broken(draw):
    """A JSON text with a few characters put in, taken out or changed, or its end cut off."""
    text = draw(texts_of())
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(st.one_of(st.just(""), CHARS)) + text[place + draw(st.integers(0, 1)) :]
    return text if draw(st.booleans()) else text[: draw(st.integers(0, len(text)))]


TOKENS = [*'{}[]",:\\-. \n', '""', '"a"', '"a":', "[]", "{}", "0", "12", "-1.5e+3", "01", "1.", ".5", "2e", "+1"]
TOKENS += ["true", "false", "null", "tru", "fals", "nul", "truetrue", "NaN", "Infinity", "-Infinity", "nan"]
TOKENS += ['"\\u00e9"', '"\\u12', '"\\ud83d\\ude00"', '"\\ud83d"', '"\\x"', '"\\\\"', '"\\""', '"\t"', "'a'", "é", "\0"]
SOUP = st.lists(st.sampled_from(TOKENS), max_size=10).map("".join)
ANY = st.one_of(texts_of(), broken(), SOUP, st.text(CHARS, max_size=12))


def refuse(word):
    raise ValueError(word)


def is_json(text):
    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        return False
    return True


def array(data):
    return np.frombuffer(bytearray(data), np.uint8)


def parse(texts, width=1):
    """Parse texts that stand one right after the other, with nothing after the last."""
    pieces = [text.replace('"', '"' * width).encode() for text in texts]
    data = array(b"".join(pieces))
    bounds = np.cumsum([0, *map(len, pieces)])
    starts, stops = bounds[:-1].copy(), bounds[1:].copy()
    capacity = kernel.count_nodes_at_most(starts, stops)
    kind, start, stop, following, roots, errors = kernel.build_tape(data, starts, stops, width, capacity)
    assert kind.size <= capacity
    assert kind[-1] == kernel.MISSING
    return SimpleNamespace(
        data=data, width=width, kind=kind, start=start, stop=stop, following=following, roots=roots, errors=errors
    )


def span(tape, node):
    text = tape.data[tape.start[node] : tape.stop[node]].tobytes().decode()
    return text.replace('"' * tape.width, '"')


def value(tape, node):
    """Rebuild a value from the tape; the spans of its parts must be theirs."""
    kind, text = tape.kind[node], span(tape, node)
    end = tape.following[node]
    if kind in {kernel.STRING, kernel.ESCAPED}:
        assert end == node + 1
        assert ("\\" in text) == (kind == kernel.ESCAPED)
        return json.loads(f'"{text}"')
    if kind in {kernel.ARRAY, kernel.OBJECT}:
        built = items(tape, node) if kind == kernel.ARRAY else dict(members(tape, node))
    else:
        assert end == node + 1
        built = LITERALS[kind] if kind in LITERALS else json.loads(text)
        assert kind in LITERALS or kind == kernel.NUMBER
    assert repr(json.loads(text)) == repr(built)
    return built


def items(tape, node):
    found, child = [], node + 1
    while child < tape.following[node]:
        found.append(value(tape, child))
        child = tape.following[child]
    assert child == tape.following[node]
    return found


def members(tape, node):
    found, key = [], node + 1
    while key < tape.following[node]:
        assert tape.kind[key] in {kernel.STRING, kernel.ESCAPED}
        found.append((value(tape, key), value(tape, key + 1)))
        key = tape.following[key + 1]
    assert key == tape.following[node]
    return found


@settings(max_examples=MANY, deadline=None)
@given(texts_of(), WIDTHS)
def test_reads_what_python_reads(text, width):
    tape = parse([text], width)
    assert tape.errors.tolist() == [kernel.GOOD]
    assert repr(value(tape, tape.roots[0])) == repr(json.loads(text))
    assert tape.following[tape.roots[0]] == tape.kind.size - 1


@settings(max_examples=2 * MANY, deadline=None)
@given(st.lists(ANY, max_size=6), WIDTHS)
def test_takes_and_refuses_what_python_does(texts, width):
    tape = parse(texts, width)
    good = [is_json(text) for text in texts]
    assert (tape.errors == kernel.GOOD).tolist() == good
    assert (tape.roots >= 0).tolist() == good
    node = 0
    for text, root in zip(texts, tape.roots, strict=True):
        if root >= 0:
            assert root == node
            assert repr(value(tape, root)) == repr(json.loads(text))
            node = tape.following[root]
    assert node == tape.kind.size - 1


@settings(max_examples=MANY // 4, deadline=None)
@given(texts_of(), WIDTHS)
def test_no_part_of_a_text_is_read_beyond_its_end(text, width):
    cuts = [text[:end] for end in range(len(text))]
    for cut in cuts:
        tape = parse([cut, text[len(cut) :]], width)
        assert (tape.errors[0] == kernel.GOOD) == is_json(cut)
        assert (tape.errors[1] == kernel.GOOD) == is_json(text[len(cut) :])


ERRORS = [
    ("", kernel.CUT_OFF),
    (" \n", kernel.CUT_OFF),
    ("[", kernel.CUT_OFF),
    ('{"a":', kernel.CUT_OFF),
    ('{"a"', kernel.CUT_OFF),
    ("[1,", kernel.CUT_OFF),
    ('"a', kernel.BAD_STRING),
    ('"a\t"', kernel.BAD_STRING),
    ('"\\', kernel.BAD_STRING),
    ('"\\u12"', kernel.BAD_STRING),
    ('"\\u123', kernel.BAD_STRING),
    ('"\\u12g4"', kernel.BAD_STRING),
    ('"\\x41"', kernel.BAD_STRING),
    ("NaN", kernel.BAD_NUMBER),
    ("[Infinity]", kernel.BAD_NUMBER),
    ("[-Infinity]", kernel.BAD_NUMBER),
    ("01", kernel.BAD_NUMBER),
    ("-", kernel.BAD_NUMBER),
    ("1.", kernel.BAD_NUMBER),
    (".5", kernel.BAD_NUMBER),
    ("+1", kernel.BAD_NUMBER),
    ("1e", kernel.BAD_NUMBER),
    ("1e+", kernel.BAD_NUMBER),
    ("1-2", kernel.BAD_NUMBER),
    ("{,}", kernel.SYNTAX),
    ('{"a" 1}', kernel.SYNTAX),
    ('{"a":1,}', kernel.SYNTAX),
    ("{1:2}", kernel.SYNTAX),
    ("[1,]", kernel.SYNTAX),
    ("[1}", kernel.SYNTAX),
    ("[1 2]", kernel.SYNTAX),
    ("]", kernel.SYNTAX),
    ("1 2", kernel.SYNTAX),
    ('"a""b"', kernel.SYNTAX),
    ("truetrue", kernel.SYNTAX),
    ("True", kernel.SYNTAX),
    ("tru", kernel.SYNTAX),
    ("'a'", kernel.SYNTAX),
    ("\ufeff1", kernel.SYNTAX),
    ("1\xa0", kernel.SYNTAX),
    ("1\f", kernel.SYNTAX),
    ("[1]\0", kernel.SYNTAX),
]


@pytest.mark.parametrize("width", [1, 2])
@pytest.mark.parametrize(("text", "error"), ERRORS)
def test_says_why_a_text_is_no_json(text, error, width):
    tape = parse(["1", text, "[2]"], width)
    assert not is_json(text)
    assert tape.errors.tolist() == [kernel.GOOD, error, kernel.GOOD]
    assert tape.roots.tolist() == [0, -1, 1]
    assert tape.kind.tolist() == [kernel.NUMBER, kernel.ARRAY, kernel.NUMBER, kernel.MISSING]


@pytest.mark.parametrize("width", [1, 2])
def test_nothing_is_read_beyond_the_last_text(width):
    for text, error in ERRORS:
        assert parse([text], width).errors.tolist() == [error]


def test_missing_cells_are_cut_off():
    starts, stops = np.array([-1, 0, -1]), np.array([-1, 1, -1])
    capacity = kernel.count_nodes_at_most(starts, stops)
    *_, roots, errors = kernel.build_tape(array(b"7"), starts, stops, 2, capacity)
    assert errors.tolist() == [kernel.CUT_OFF, kernel.GOOD, kernel.CUT_OFF]
    assert roots.tolist() == [-1, 0, -1]


def test_strings_hold_the_characters_that_python_allows():
    texts = [f'"{chr(code)}"' for code in range(0x300)] + [f'"\\{chr(code)}"' for code in range(0x80)]
    assert (parse(texts).errors == kernel.GOOD).tolist() == [is_json(text) for text in texts]


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":['])
def test_refuses_texts_nested_too_deep(opening):
    levels = opening.count("[") + opening.count("{")
    times = kernel.MAX_DEPTH // levels
    closing = opening[::-1].translate(str.maketrans("[{", "]}", ':"a'))
    texts = [opening * n + "1" + closing * n for n in (times, times + 1, times + 500, 1)]
    tape = parse(texts)
    good = [levels * n <= kernel.MAX_DEPTH for n in (times, times + 1, times + 500, 1)]
    assert tape.errors.tolist() == [kernel.GOOD if ok else kernel.TOO_DEEP for ok in good]
    assert [value(tape, root) if root >= 0 else None for root in tape.roots] == [
        json.loads(text) if ok else None for text, ok in zip(texts, good, strict=True)
    ]


LAVISH = ["[", "{", "]", "}", "[[1,2]", '{"":', '{"":0,', "[0,", "[],", '""', '"a""b"', "truetrue", "0,", ":", ","]


@settings(max_examples=MANY, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(LAVISH), st.sampled_from([1, 2, 7, 150, 300])), max_size=5), WIDTHS)
def test_repeated_bits_of_json_are_refused_or_read(parts, width):
    texts = [bit * times for bit, times in parts]
    tape = parse([*texts, "".join(texts)], width)
    for text, error in zip([*texts, "".join(texts)], tape.errors, strict=True):
        deep = text.count("[") + text.count("{") > kernel.MAX_DEPTH
        assert error == kernel.TOO_DEEP or (error == kernel.GOOD) == is_json(text)
        assert deep or error != kernel.TOO_DEEP


@settings(max_examples=MANY, deadline=None)
@given(st.lists(texts_of(), max_size=5))
def test_nodes_are_no_more_than_counted_even_of_the_shortest_texts(texts):
    short = [json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False) for text in texts]
    stops = np.cumsum([len(text.encode()) for text in short], dtype=np.int64)
    starts = np.concatenate([[0], stops])[:-1]
    spare = kernel.count_nodes_at_most(starts, stops) - kernel.MAX_DEPTH - 2
    assert parse(short).kind.size - 1 <= spare


def begun(text):
    """Count the nodes that a text of brackets, numbers and plain strings begins, whether it ends or not."""
    return len(re.findall(r'"[^"]*"|[\[{]|[0-9]+', text))


@settings(max_examples=MANY, deadline=None)
@given(st.recursive(st.just([]), lambda some: st.one_of(st.lists(some), st.dictionaries(st.just(""), some))))
def test_nodes_begun_are_no_more_than_counted(built):
    text = json.dumps(built, separators=(",", ":"))
    for end in range(len(text) + 1):
        capacity = kernel.count_nodes_at_most(np.array([0]), np.array([end]))
        assert begun(text[:end]) < capacity


@pytest.mark.parametrize("opening", ["[", '{"":', "[0,", '{"":0,"":'])
def test_nodes_of_open_brackets_are_no_more_than_counted(opening):
    text = opening * kernel.MAX_DEPTH
    assert parse([text]).errors.tolist() == [kernel.CUT_OFF]
    assert begun(text) < kernel.count_nodes_at_most(np.array([0]), np.array([len(text)]))


def test_no_array_is_overrun_in_plain_python():
    """Without compiler every index is checked: run these tests so, with fewer examples."""
    if os.environ.get("NUMBA_DISABLE_JIT") == "1":
        assert not hasattr(kernel.build_tape, "py_func")
        return
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "SWATH_TEST_EXAMPLES": "40"}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-p",
        "no:cacheprovider",
        "-W",
        "ignore:overflow",
        str(Path(__file__)),
    ]
    done = subprocess.run(
        command, env=environment, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:]


KEY_NAMES = st.sampled_from(["", "a", "b", "ab", "ba", "abc", "é", 'q"', "x\\", "\n"])
NAMES = st.sets(st.sampled_from(["", "a", "b", "ab", "abc", "zz", "é"]))


@st.composite
def objects(draw):
    """An object's text, its keys repeated or not."""
    ascii_only = draw(st.booleans())
    keys = draw(st.lists(KEY_NAMES, max_size=6))
    return "{" + ", ".join(f"{json.dumps(k, ensure_ascii=ascii_only)}: {draw(texts_of())}" for k in keys) + "}"


def table(names):
    names = sorted(names, key=lambda name: len(name.encode()))
    encoded = [name.encode() for name in names]
    return names, array(b"".join(encoded)), np.cumsum([0, *map(len, encoded)])


def find(tape, nodes, names):
    ordered, text, bounds = table(names)
    parts = tape.data, tape.kind, tape.start, tape.stop, tape.following
    return ordered, *json_walk.find_fields(*parts, nodes, text, bounds)


def pairs_of(text):
    """An object's members in order: the key, whether its text holds an escape, the value; none of other values."""
    tape = parse([text])
    if tape.kind[tape.roots[0]] != kernel.OBJECT:
        return []
    _, keys = json_walk.list_members(tape.kind, tape.following, tape.roots)
    return [(value(tape, key), "\\" in span(tape, key), value(tape, key + 1)) for key in keys]


@settings(max_examples=MANY, deadline=None)
@given(st.lists(st.one_of(objects(), texts_of()), max_size=8), NAMES, WIDTHS)
def test_finds_fields_as_a_dict_does(texts, names, width):
    tape = parse(texts, width)
    nodes = np.array([*tape.roots, -1], np.int32)
    ordered, found, others, odd = find(tape, nodes, names)
    assert found.shape == (len(names), nodes.size)
    for place, text in enumerate(texts):
        pairs = pairs_of(text)
        plain = {key: item for key, escaped, item in pairs if not escaped}
        for name, node in zip(ordered, found[:, place], strict=True):
            assert (node >= 0) == (name in plain)
            assert node < 0 or repr(value(tape, node)) == repr(plain[name])
        assert others[place] == sum(escaped or key not in names for key, escaped, _ in pairs)
        assert odd[place] == any(escaped for _, escaped, _ in pairs)
    assert (found[:, -1] == -1).all()
    assert (others[-1], odd[-1]) == (0, False)


def test_finds_fields_of_objects_with_many_members():
    keys = [f"k{n}" for n in range(150)]
    made = [dict.fromkeys(keys, 1) | {"k70": 2}, dict.fromkeys(keys[::-1], 3), dict.fromkeys(keys[5:], 4)]
    tape = parse([json.dumps(one) for one in made])
    ordered, found, others, _ = find(tape, tape.roots, ["k0", "k63", "k64", "k70", "k149"])
    for place, one in enumerate(made):
        values = [value(tape, node) if node >= 0 else None for node in found[:, place]]
        assert values == [one.get(name) for name in ordered]
    assert others.tolist() == [145, 145, 141]


def test_the_last_of_repeated_keys_counts():
    tape = parse(['{"a": 1, "b": 2, "a": 3, "a": [4]}', '{"a": 5, "a": 6}'])
    _, found, others, odd = find(tape, tape.roots, ["a"])
    assert [value(tape, node) for node in found[0]] == [[4], 6]
    assert others.tolist() == [1, 0]
    assert not odd.any()


@settings(max_examples=MANY, deadline=None)
@given(st.lists(texts_of(), max_size=6), WIDTHS)
def test_lists_elements_and_members_as_python_does(texts, width):
    tape = parse(texts, width)
    nodes = np.array([-1, *tape.roots[::-1]], np.int32)
    whole = [None, *(json.loads(text) for text in texts[::-1])]
    owners, elements = json_walk.list_elements(tape.kind, tape.following, nodes)
    expected = [(p, item) for p, array_ in enumerate(whole) if isinstance(array_, list) for item in array_]
    assert repr([(int(p), value(tape, e)) for p, e in zip(owners, elements, strict=True)]) == repr(expected)
    owners, keys = json_walk.list_members(tape.kind, tape.following, nodes)
    expected = [(p, *pair) for p, object_ in enumerate(whole) if isinstance(object_, dict) for pair in object_.items()]
    listed = [(int(p), value(tape, k), value(tape, k + 1)) for p, k in zip(owners, keys, strict=True)]
    assert repr(listed) == repr(expected)


@settings(max_examples=MANY, deadline=None)
@given(st.lists(st.text("abé", max_size=3), max_size=9), st.sets(st.text("abé", max_size=3), max_size=9))
def test_matches_names(texts, names):
    tape = parse([json.dumps(text, ensure_ascii=False) for text in texts])
    ordered, text, bounds = table(names)
    matched = json_walk.match_names(tape.data, tape.start[tape.roots], tape.stop[tape.roots], text, bounds)
    assert matched.tolist() == [ordered.index(one) if one in names else -1 for one in texts]


def test_names_that_are_not_sorted_by_length_are_missed():
    tape = parse(['"a"', '"bb"'])
    matched = json_walk.match_names(tape.data, tape.start[:2], tape.stop[:2], array(b"bba"), np.array([0, 2, 3]))
    assert matched.tolist() == [-1, 0]


ASCII_BLANKS = "".join(chr(n) for n in range(128) if chr(n).isspace())


def trim(texts):
    data = [text.encode() for text in texts]
    bounds = np.cumsum([0, *map(len, data)], dtype=np.int32)
    joined = array(b"".join(data))
    begin, end, odd = json_walk.trim_keys(joined, bounds[:-1].copy(), bounds[1:].copy())
    return [joined[a:b].tobytes().decode() for a, b in zip(begin, end, strict=True)], odd.tolist()


@settings(max_examples=MANY, deadline=None)
@given(st.lists(st.text(ASCII_BLANKS + "!!ab\x08\x0e\x1b\x7f\0", max_size=6), max_size=6))
def test_trims_ascii_keys_as_python_does(texts):
    assert trim(texts) == ([text.strip().lstrip("!") for text in texts], [False] * len(texts))


@settings(max_examples=MANY, deadline=None)
@given(st.lists(st.text(" \n!aé\x85\xa0\u2028\u3000😀", max_size=5), max_size=6))
def test_trims_other_keys_as_python_does_or_says_that_they_are_odd(texts):
    for text, trimmed, odd in zip(texts, *trim(texts), strict=True):
        assert odd == (not text.strip(" \n")[:1].isascii() or not text.strip(" \n")[-1:].isascii())
        assert odd or trimmed == text.strip().lstrip("!")


def test_trims_every_ascii_character_as_python_does():
    texts = [
        before + "a!b" + after for n in range(128) for before, after in [(chr(n), ""), ("", chr(n)), (chr(n),) * 2]
    ]
    assert trim(texts)[0] == [text.strip().lstrip("!") for text in texts]


ESCAPES = ["\\n", "\\t", "\\r", "\\b", "\\f", "\\/", "\\\\", '\\"', "\\u0000", "\\u007f", "\\u0080", "\\u07FF"]
ESCAPES += ["\\u0800", "\\uffff", "\\ud7ff", "\\ue000", "\\ud83d\\ude00", "\\uDBFF\\uDFFF"]
ESCAPES += ["\\ud800", "\\udbff", "\\udc00", "\\uDfff"]
STRINGS = st.lists(st.sampled_from([*ESCAPES, "a", "u", "dc00", "é", "😀", "'"]), max_size=8).map("".join)


def gather(texts, width):
    tape = parse([f'"{text}"' for text in texts], width)
    escaped = tape.kind[tape.roots] == kernel.ESCAPED
    offsets, out = json_text.gather_strings(tape.data, tape.start[tape.roots], tape.stop[tape.roots], escaped, width)
    assert out.size == offsets[-1]
    return [out[a:b].tobytes().decode() for a, b in itertools.pairwise(offsets)]


@settings(max_examples=2 * MANY, deadline=None)
@given(st.lists(STRINGS, max_size=6), WIDTHS)
def test_gathers_strings_as_python_reads_them(texts, width):
    whole = [re.sub("[\ud800-\udfff]", "\ufffd", json.loads(f'"{text}"')) for text in texts]
    assert gather(texts, width) == whole


def test_gathers_every_character():
    codes = [*range(0x3000), *range(0xD000, 0x10100), 0x10FFFF]
    whole = ["\ufffd" if 0xD800 <= code < 0xE000 else chr(code) for code in codes]
    if MANY < 100:
        codes, whole = codes[::97], whole[::97]
    assert gather([json.dumps(chr(code))[1:-1] for code in codes], 1) == whole


@settings(max_examples=MANY // 2, deadline=None)
@given(st.lists(texts_of(), max_size=6), st.sets(st.integers(0, kernel.MISSING)), WIDTHS)
def test_says_what_nodes_are_and_where_they_stand(texts, kinds, width):
    tape = parse(texts, width)
    nodes = np.arange(-1, tape.kind.size - 1, dtype=np.int32)[::-1].copy()
    chosen = json_nodes.are_of_kinds(tape.kind, nodes, sum(1 << kind for kind in kinds))
    assert chosen.tolist() == [int(tape.kind[node]) in kinds for node in nodes]
    starts, stops, escaped, strings = json_nodes.string_spans(tape.kind, tape.start, tape.stop, nodes)
    begins, ends = json_nodes.value_spans(tape.kind, tape.start, tape.stop, nodes, width)
    for place, node in enumerate(nodes):
        kind, within = tape.kind[node], tape.data[starts[place] : stops[place]].tobytes()
        assert strings[place] == (kind in {kernel.STRING, kernel.ESCAPED})
        assert escaped[place] == (kind == kernel.ESCAPED)
        assert within == (span(tape, node).replace('"', '"' * width).encode() if strings[place] else b"")
        raw = tape.data[begins[place] : ends[place]].tobytes().decode().replace('"' * width, '"')
        assert raw == (f'"{span(tape, node)}"' if strings[place] else span(tape, node) if node >= 0 else "")


@settings(max_examples=MANY // 2, deadline=None)
@given(st.lists(texts_of(), max_size=6))
def test_gathers_spans(texts):
    tape = parse(texts)
    offsets, out = json_text.gather_spans(tape.data, tape.start, tape.stop)
    spans = [out[a:b].tobytes() for a, b in itertools.pairwise(offsets)]
    assert spans == [span(tape, node).encode() for node in range(tape.kind.size)]


NUMBERS = st.one_of(
    st.from_regex(r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,24})?([eE][-+]?[0-9]{1,3})?", fullmatch=True),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.floats(-1000, 1000).map(lambda number: format(number, ".6f")),
    st.integers(2**53 - 3, 2**53 + 3).map(str),
)


def numbers(texts):
    tape = parse(texts)
    assert (tape.kind[tape.roots] == kernel.NUMBER).all()
    values, left = json_text.parse_numbers(tape.data, tape.kind, tape.start, tape.stop, tape.roots.reshape(1, -1))
    return values[0], left[0]


@settings(max_examples=2 * MANY, deadline=None)
@given(st.lists(NUMBERS.filter(is_json), max_size=8))
def test_reads_numbers_exactly_or_not_at_all(texts):
    for text, number, left in zip(texts, *numbers(texts), strict=True):
        assert left == bool(np.isnan(number))
        assert left or repr(float(number)) == repr(float(json.loads(text)))
        assert not left or not re.fullmatch(r"-?[0-9]{1,7}(\.[0-9]{1,12})?", text)


@settings(max_examples=MANY, deadline=None)
@given(st.integers(2**52, 2**53 - 1), st.integers(0, 6), st.integers(-1, 1))
def test_numbers_at_and_beside_a_tie_go_where_python_puts_them(mantissa, decimals, beside):
    """Numbers half-way between two doubles, which have few decimals."""
    text = str((2 * mantissa + 1) * 10**decimals // 2**decimals + beside)
    text = f"{text[: len(text) - decimals]}.{text[len(text) - decimals :]}" if decimals else text
    (number,), (left,) = numbers([text])
    assert left == (len(text.replace(".", "")) > 19)
    assert left or repr(float(number)) == repr(float(text))


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("0", True),
        ("-0", True),
        ("-0.0", True),
        ("9007199254740992", True),
        ("9007199254740993", True),
        ("9007199254740995", True),
        ("4503599627370496.5", True),
        ("4503599627370497.5", True),
        ("9999999999999999999", True),
        ("351.83001708984375", True),
        ("12345678901234567890", False),
        ("0." + "0" * 17 + "1", True),
        ("0." + "0" * 22 + "1", False),
        ("1" + "0" * 400, False),
        ("0." + "0" * 400, False),
        ("1e2", False),
    ],
)
def test_reads_the_numbers_of_up_to_19_digits(text, reads):
    values, left = numbers([text])
    assert left.tolist() == [not reads]
    assert not reads or repr(float(values[0])) == repr(float(json.loads(text)))


def test_what_is_no_number_is_nan():
    tape = parse(["null", '"1"', "[1]", "true"])
    nodes = np.array([[0, 1, 2, -1], [4, 3, -1, -1]], np.int32)
    values, left = json_text.parse_numbers(tape.data, tape.kind, tape.start, tape.stop, nodes)
    assert np.isnan(values).tolist() == [[True, True, True, True], [True, False, True, True]]
    assert not left.any()


MEMBERS = st.dictionaries(st.sampled_from(["a", "ab", "b", 'a"', "é"]), VALUES, max_size=4)


@settings(max_examples=MANY)
@given(st.lists(st.one_of(texts_of(MEMBERS), ANY), min_size=1, max_size=4), WIDTHS)
def test_a_member_is_found_as_on_the_tape(texts, width):
    texts = [*texts, '{"a": 1, "a": [2, {"a": 3}], "b": {"a": 4}}', '{"b": "a", "c": ["a"]}', '{"a":']
    tape = parse(texts, width)
    bounds = np.cumsum([0, *(len(text.replace('"', '"' * width).encode()) for text in texts)])
    starts, stops, errors, odd = find_member(tape.data, bounds[:-1], bounds[1:], width, array(b"a"))
    assert errors.tolist() == tape.errors.tolist()
    names, edges = array(b"a"), np.array([0, 1])
    found, _, escaped = json_walk.find_fields(
        tape.data, tape.kind, tape.start, tape.stop, tape.following, tape.roots, names, edges
    )
    for row, node in enumerate(found[0]):
        if errors[row] == kernel.GOOD and not odd[row]:
            assert not escaped[row]
            expected = "" if node < 0 else span(tape, node)
            given_text = tape.data[starts[row] : stops[row]].tobytes().decode().replace('"' * width, '"')
            quotes = node >= 0 and tape.kind[node] in {kernel.STRING, kernel.ESCAPED}
            assert given_text == (f'"{expected}"' if quotes else expected)
