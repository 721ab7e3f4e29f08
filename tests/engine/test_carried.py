"""Parts of an earlier output that a run takes over as they are."""

from pathlib import Path

import pytest

from swath.engine.job import Carried
from swath.engine.staging import Part, carry

PART = Part("rows", "rows/part-a.parquet", 3, 7, "abc")


@pytest.fixture
def earlier(tmp_path):
    (tmp_path / "earlier" / "rows").mkdir(parents=True)
    (tmp_path / "earlier" / PART.path).write_bytes(b"content")
    return tmp_path / "earlier"


def test_a_part_is_linked_under_its_path(earlier, tmp_path):
    assert carry(tmp_path / "new", Carried(earlier, PART)) == PART
    assert (tmp_path / "new" / PART.path).samefile(earlier / PART.path)
    carry(tmp_path / "new", Carried(earlier, PART))  # a run that was killed in between does it again


def test_where_links_cannot_be_it_is_copied(earlier, tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "hardlink_to", lambda *_: (_ for _ in ()).throw(OSError("another disk")))
    carry(tmp_path / "new", Carried(earlier, PART))
    assert not (tmp_path / "new" / PART.path).samefile(earlier / PART.path)
    assert (tmp_path / "new" / PART.path).read_bytes() == b"content"
