"""Input that is wrong: one row of it, or all of it."""

import gzip

import pytest

from makers import HEADER, csv_text, row, write_export
from reading import records, rejects
from swath.engine.run import Running
from swath.errors import InputError, StrictError
from swath.panoptes.convert import ConvertSettings, convert, convert_job


def run(tmp_path, content, **options):
    path = tmp_path / "c.csv"
    path.write_bytes(content)
    convert([path], tmp_path / "out", **options)
    return tmp_path / "out"


def ids(out, table="classifications"):
    return sorted(r["classification_id"] - 100_000_000 for r in records(out, table))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"annotations": "[{"}, "bad annotations"),
        ({"annotations": "[" * 500 + "]" * 500}, "bad annotations"),
        ({"annotations": '[{"task":"T0","value":NaN}]'}, "bad annotations"),
        ({"annotations": '{"task":"T0"}'}, "bad annotations"),
        ({"annotations": '["T0"]'}, "bad annotations"),
        ({"annotations": ""}, "bad annotations"),
        ({"metadata": "{'a': 1}"}, "bad metadata"),
        ({"subject_data": '{"500":'}, "bad subject_data"),
        ({"classification_id": "abc"}, "classification_id is not a number"),
        ({"workflow_id": "12.5"}, "workflow_id is not a number"),
        ({"subject_ids": "500;x"}, "subject_ids is not a number"),
        ({"user_id": "me"}, "user_id is not a number"),
        ({"created_at": "yesterday"}, "created_at is not a time"),
        ({"created_at": "2019-02-30 00:00:00 UTC"}, "created_at is not a time"),
        ({"workflow_version": "three"}, "workflow_version is not a version"),
        ({"classification_id": 100_000_001}, "repeated classification"),
    ],
)
def test_a_bad_cell_sets_its_row_aside(tmp_path, changes, reason):
    content = csv_text([row(1), row(2, **changes), row(3)]).encode()
    out = run(tmp_path, content)
    assert rejects(out) == {reason: 1}
    assert ids(out) == [1, 3]
    assert {r["classification_id"] - 100_000_000 for r in records(out, "annotations")} == {1, 3}
    (aside,) = records(out, "quarantine")
    assert content[aside["offset"] :].startswith(aside["raw"].encode()[:20])
    assert aside["source"].endswith("c.csv")
    assert aside["detail"]


def test_an_unknown_task_type_is_kept(tmp_path):
    strange = [{"task": "T0", "taskType": "hologram", "value": {"a": 1}}]
    out = run(tmp_path, csv_text([row(1, annotations=strange)]).encode())
    (found,) = records(out, "annotations")
    assert (found["task_type"], found["value_json"]) == ("hologram", '{"a":1}')


@pytest.mark.parametrize(
    ("damage", "reason", "good"),
    [
        (lambda b: b[:-40], "wrong number of fields|cut off", [1, 2]),
        (lambda b: b.replace(b"user_2", b"us\0r_2"), "NUL byte", [1, 3]),
        (lambda b: b.replace(b"user_2", b"us\xff\xfe_2"), "not UTF-8", [1, 3]),
        (lambda b: b.replace(b"user_2", b"user,2"), "wrong number of fields", [1, 3]),
        (lambda b: b + b"\n\n", "", [1, 2, 3]),
        (lambda b: b"\xef\xbb\xbf" + b, "", [1, 2, 3]),
        (lambda b: b.replace(b"\n", b"\r\n"), "", [1, 2, 3]),
        (lambda b: b.rstrip(b"\n"), "", [1, 2, 3]),
        (
            lambda b: b + b.split(b"\n")[0] + b"\n",
            "classification_id is not a number|workflow_id is not a number",
            [1, 2, 3],
        ),
    ],
    ids=[
        "cut off",
        "nul",
        "not utf-8",
        "one field more",
        "blank lines",
        "bom",
        "crlf",
        "no last line end",
        "second header",
    ],
)
def test_damaged_bytes(tmp_path, damage, reason, good):
    out = run(tmp_path, damage(csv_text([row(1), row(2), row(3)]).encode()))
    assert ids(out) == good
    assert len(rejects(out)) == (1 if reason else 0)
    assert set(rejects(out)) <= set(reason.split("|"))


def test_quoted_line_ends_and_a_huge_cell(tmp_path):
    text = 'a\n"b"\r\nc, ' + "x" * (40 << 20)
    rows = [row(1), row(2, annotations=[{"task": "T0", "value": text}]), row(3, workflow_name='two\nlines, "quoted"')]
    out = run(tmp_path, csv_text(rows).encode(), settings=ConvertSettings(chunk_size=1 << 20, only=("annotations",)))
    assert [r["value_text"] for r in records(out, "annotations")] == ["Yes", text, "Yes"]


def test_an_export_with_a_header_only(tmp_path):
    out = run(tmp_path, (",".join(HEADER) + "\n").encode())
    assert records(out, "classifications") == []
    assert rejects(out) == {}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04rest", "is a zip archive"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "lacks the columns|has no header"),
        (b"classification_id;user_name\n1;a\n", "lacks the columns"),
        (b"classification_id\n", "lacks the columns"),
        (csv_text([row(1)]).replace("annotations", "annotation").encode(), r"annotations \(is it 'annotation'\?\)"),
        (csv_text([row(1)]).replace("user_ip", "metadata").encode(), "has the column 'metadata' more than once"),
    ],
    ids=["empty", "zip", "png", "semicolons", "one column", "misspelt", "twice"],
)
def test_a_file_that_is_wrong_as_a_whole(tmp_path, content, message):
    path = tmp_path / "c.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        convert([path], tmp_path / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["c.csv"]


def test_a_missing_file_and_a_broken_archive(tmp_path):
    with pytest.raises(InputError, match="cannot read"):
        convert_job([tmp_path / "none.csv"])
    broken = tmp_path / "c.csv.gz"
    broken.write_bytes(gzip.compress(csv_text([row(n) for n in range(3000)]).encode())[:-2000])
    with pytest.raises(InputError, match="broken archive"):
        convert([broken], tmp_path / "out")


def test_strict_stops_at_the_first(tmp_path):
    path = write_export(tmp_path / "c.csv", [row(1), row(2, annotations="[")])
    with pytest.raises(StrictError, match="bad annotations") as caught:
        convert([path], tmp_path / "out", running=Running(strict=True))
    assert "classification 100000002" in str(caught.value)
    assert not (tmp_path / "out").exists()
