"""The functions for pandas users against panoptes_aggregation's own, and where Swath does what a name promises."""

import importlib.util
import json
import subprocess
import sys

import pytest

from makers import CONFORMANCE
from swath.errors import UsageError
from swath.panoptes import csv_utils

CASES = CONFORMANCE / "panoptes"
PREFIX = "panoptes_aggregation.csv_utils."


def cases():
    if not (CASES / "functions.jsonl").is_file():
        return []
    lines = (CASES / "functions.jsonl").read_text(encoding="utf-8").splitlines()
    found = [case for case in map(json.loads, lines) if case["function"].startswith(PREFIX)]
    return [pytest.param(case, id=case["test"].rpartition("::")[2]) for case in found]


def decoded(value):
    spec = importlib.util.spec_from_file_location("case_codec", CASES / "case_codec.py")
    codec = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(codec)
    return codec.dec(value)


def same(one, other, pandas):
    if isinstance(other, pandas.DataFrame):
        pandas.testing.assert_frame_equal(one, other, check_dtype=False)
    else:
        assert one == other


@pytest.mark.parametrize("case", cases())
def test_conformance(case):
    pandas = pytest.importorskip("pandas")
    arguments = decoded(case["args"])
    expected = decoded(case["result"])
    if case["function"].endswith("find_non_built_in_data_types"):  # pandas has moved its class since
        expected = {
            path: text.replace("pandas.core.frame", pandas.DataFrame.__module__) for path, text in expected.items()
        }
    function = getattr(csv_utils, case["function"].removeprefix(PREFIX))
    same(function(*arguments, **case["kwargs"]), expected, pandas)
    for one, other in zip(arguments, decoded(case.get("args_after", [])), strict=False):
        same(one, other, pandas)


CELLS = [
    ("5", 5), ("1e5", 100000.0), ("-2.5", -2.5), ("0x10", 16), ("1_000", 1000), ("007", "007"),
    ("None", None), ("True", True), ("False", False), ("true", "true"), ("", ""), ("a word", "a word"),
    ("[1, 'b']", [1, "b"]), ('{"a": null}', {"a": None}), ("[1, nan]", [1, None]), ("[1]+[2]", "[1]+[2]"),
    ("[open('x')]", "[open('x')]"), ("5 bags [blue]", "5 bags [blue]"), ("nan", "nan"), ("1e999", "1e999"),
    (None, None), (3, 3), ([1], [1]),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "value"), CELLS)
def test_a_cell_is_parsed_and_never_evaluated(cell, value):
    parsed = csv_utils.json_non_null(cell)
    assert parsed == value
    assert type(parsed) is type(value)


def test_frame_is_flattened_with_its_own_index():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"id": [1, 2, 3], "data": [{"a": 0}, None, {"b": {"c": [1]}, "a": 2}]})[1:]
    flat = csv_utils.flatten_data(frame)
    assert list(flat.columns) == ["id", "data.a", "data.b.c"]
    assert flat.loc[2].to_list() == [3, 2.0, [1]]
    assert flat.loc[1, ["data.a", "data.b.c"]].isna().all()


def test_flattening_what_is_no_dict_is_a_usage_error():
    pytest.importorskip("pandas")
    with pytest.raises(UsageError, match="a cell of data is no dict"):
        csv_utils.flatten_data({"data": ["{'a': 1}"]})


def test_row_is_unflattened_by_what_its_names_begin_with():
    pytest.importorskip("pandas")
    row = {
        "id": 1,
        "mydata.q": 2,
        "data.metadata.x": "[1, 2]",
        "data.text": "5",
        "data.gap": float("nan"),
        "data.l": [1],
    }
    assert csv_utils.unflatten_data(row) == {"metadata": {"x": [1, 2]}, "text": "5", "l": [1]}
    assert csv_utils.unflatten_data(row, renest=False) == {"metadata.x": [1, 2], "text": "5", "l": [1]}


def test_name_that_is_value_and_parent_cannot_be_renested():
    pytest.importorskip("pandas")
    with pytest.raises(ValueError, match="value"):
        csv_utils.unflatten_data({"data.a": 1, "data.a.b": 2})


def test_unflatten_turns_flatten_back():
    pandas = pytest.importorskip("pandas")
    data = [{"a": {"b": [1, 2], "c": "x"}, "d": 1.5}, {"a": {"b": [], "c": "y"}, "d": 2.0}]
    flat = csv_utils.flatten_data(pandas.DataFrame({"id": [1, 2], "data": data}))
    assert [csv_utils.unflatten_data(row) for _, row in flat.iterrows()] == data


def test_unjson_leaves_other_columns_and_numbers():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"xdata.a": ["[1]"], "data.n": [1.5], "data.l": ["[1]"]})
    assert csv_utils.unjson_dataframe(frame) is None
    assert frame.iloc[0].to_list() == ["[1]", 1.5, [1]]


@pytest.mark.parametrize("columns", [["data.b", "id", "data.a"], ["id"], ["data.choice", "id", "data.a"]])
def test_ordering_keeps_every_column_wherever_it_stands(columns):
    pandas = pytest.importorskip("pandas")
    ordered = csv_utils.order_columns(pandas.DataFrame([range(len(columns))], columns=columns))
    assert sorted(ordered.columns) == sorted(columns)
    assert ordered.columns[0] == "id"
    assert [name for name in ordered.columns if name != "id"] == sorted(
        (name for name in columns if name != "id"), key=lambda name: (name != "data.choice", name)
    )


def test_pandas_is_asked_for_by_name_and_only_when_needed():
    code = (
        "import sys; sys.modules['pandas'] = None\n"
        "from swath.panoptes import csv_utils\n"
        "from swath.errors import MissingExtraError\n"
        "assert csv_utils.json_non_null('5') == 5\n"
        "try: csv_utils.flatten_data({'data': []})\n"
        "except MissingExtraError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install pandas" in done.stdout
