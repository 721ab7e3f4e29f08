"""Damage to an output is found, and said by name."""

import pytest
from counting import counting_job

from swath.engine.dataset import Dataset
from swath.engine.run import run
from swath.errors import OutputError


@pytest.fixture
def dataset(tmp_path):
    path = tmp_path / "numbers.txt"
    path.write_text(" ".join(map(str, range(100))))
    return run(counting_job(path), tmp_path / "out").dataset


def flip(path, at):
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


DAMAGES = {
    "missing": (lambda path: path.unlink(), "missing"),
    "empty": (lambda path: path.write_bytes(b""), "0 bytes, "),
    "cut": (lambda path: path.write_bytes(path.read_bytes()[:-1]), "were written"),
    "longer": (lambda path: path.write_bytes(path.read_bytes() + b"x"), "were written"),
    "first bit": (lambda path: flip(path, 0), "its content changed"),
    "last bit": (lambda path: flip(path, -1), "its content changed"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_of_every_part_is_found(dataset, damage):
    act, said = DAMAGES[damage]
    parts = [part for table in dataset.manifest.tables for part in dataset.files(table)]
    for path in parts:
        act(path)
    found = list(dataset.damages())
    assert [line.split(":")[0] for line in found] == sorted(p.relative_to(dataset.root).as_posix() for p in parts)
    assert all(said in line for line in found)


def test_a_part_too_many_is_found(dataset):
    (dataset.root / "squares" / "parity=odd" / "part-9.parquet").write_bytes(b"")
    (dataset.root / "notes.txt").write_bytes(b"")
    assert list(dataset.damages()) == ["squares/parity=odd/part-9.parquet: not part of this output"]
    assert list(dataset.strays()) == ["notes.txt", "squares/parity=odd/part-9.parquet"]


def test_what_is_no_output_says_whether_it_was_interrupted(tmp_path):
    with pytest.raises(OutputError) as caught:
        Dataset.open(tmp_path / "out")
    assert caught.value.hint == "check the path"
    (tmp_path / "out.partial").mkdir()
    with pytest.raises(OutputError) as caught:
        Dataset.open(tmp_path / "out")
    assert "run the same command again" in caught.value.hint
