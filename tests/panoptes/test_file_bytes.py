"""Windows of files: the same bytes from a plain file and from one that can only be read on."""

import gzip
import io

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from swath.engine.job import Chunk
from swath.errors import InputError
from swath.panoptes import file_bytes
from swath.panoptes.exports import Export, cut
from swath.panoptes.file_bytes import open_windows, read_window
from swath.panoptes.records import read_records

CONTENT = np.random.default_rng(3).integers(0, 256, 200_000).astype(np.uint8).tobytes()
STEPS = st.lists(st.tuples(st.integers(0, 70_000), st.integers(0, 90_000)), max_size=6)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    packed = {"plain": CONTENT, "gzip": gzip.compress(CONTENT), "zstd": zstandard.ZstdCompressor().compress(CONTENT)}
    for name, content in packed.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize("name", ["plain", "gzip", "zstd"])
@settings(max_examples=40)
@given(steps=STEPS)
def test_windows_hold_what_stands_there(files, name, steps):
    with open_windows(files / name, compressed=name != "plain") as windows:
        offset = 0
        for step, size in steps:
            offset += step
            window = windows.take(offset, size)
            assert window.tobytes() == CONTENT[offset : offset + size]
            assert window.flags.writeable  # or the kernels would be compiled once more
            offset += min(step, window.size)


def test_a_file_that_cannot_be_mapped_is_read(files, monkeypatch):
    def refuse(*_arguments, **_options):
        raise OSError

    monkeypatch.setattr(file_bytes.mmap, "mmap", refuse)
    assert read_window(files / "plain", 5_000, 9_000).tobytes() == CONTENT[5_000:14_000]
    assert read_window(files / "plain", 199_990, 50).tobytes() == CONTENT[199_990:]


def test_what_is_written_into_a_window_stays_out_of_the_file(files):
    read_window(files / "plain", 0, 10)[:] = 0
    assert (files / "plain").read_bytes() == CONTENT


def test_a_file_that_became_shorter_is_said(tmp_path):
    export = tmp_path / "short.csv"
    export.write_bytes(b"a,b\n1,2\n")
    chunk = Chunk("000000", 20, {"source": str(export), "offset": 4, "length": 20, "repeated": []})
    with pytest.raises(InputError, match="became shorter"):
        read_records(chunk, ("a", "b"), ("a",))


def test_a_stream_may_give_less_than_it_is_asked_for():
    class Slow(io.BytesIO):
        def readinto(self, buffer):
            return super().readinto(memoryview(buffer)[:7])

    windows = file_bytes._Streamed(None, Slow(CONTENT[:100]))
    assert windows.take(3, 50).tobytes() == CONTENT[3:53]
    assert windows.take(40, 90).tobytes() == CONTENT[40:100]
    assert windows.take(100, 9).size == 0


@pytest.mark.parametrize("packed", [False, True])
def test_records_much_longer_than_chunks_stand_side_by_side(tmp_path, packed):
    rows = [f'{number},"{"x" * length}"\n' for number, length in enumerate([5, 4500, 3900, 9, 7000, 5000, 1])]
    content = ("classification_id,text\n" + "".join(rows)).encode()
    path = tmp_path / "export"
    path.write_bytes(gzip.compress(content) if packed else content)
    export = Export.open(path, ("classification_id",))
    chunks = list(cut([export], ("classification_id",), 1024, tmp_path / "spool", ()))
    assert b"".join(chunk.at_hand[0].data.tobytes() for chunk in chunks) == "".join(rows).encode()
