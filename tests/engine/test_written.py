"""Stages that write files of their own, and runs by an executor of the caller's."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from counting import Settings

from swath.engine.executors import Workers
from swath.engine.files import write_atomically
from swath.engine.job import Chunk, Job, Result, Stage
from swath.engine.run import Running, run


@dataclass(frozen=True)
class FileStage(Stage):
    """Writes a file for each chunk, and fails at one if told so."""

    folder: Path
    name = "files"

    def chunks(self, so_far):
        for number in range(6):
            yield Chunk(f"{number}", 1)

    def process(self, chunk, staging):
        if chunk.key == "4" and (self.folder / "fail").exists():
            raise ValueError("told to fail")
        file = self.folder / f"{chunk.key}.bin"
        write_atomically(file, chunk.key.encode() * 10)
        with (self.folder / "log").open("a") as log:
            log.write(chunk.key)
        return Result(written={str(file): 10})

    def chunk_memory(self):
        return 1


@pytest.fixture
def job(tmp_path):
    folder = tmp_path / "array"
    folder.mkdir()
    (folder / "fail").touch()
    return Job("files", Settings(), (), (), (FileStage(folder),))


def cut_off(job, tmp_path):
    with pytest.raises(ValueError, match="told to fail"):
        run(job, tmp_path / "out")
    (tmp_path / "array" / "fail").unlink()


def test_files_that_stand_are_not_written_again(tmp_path, job):
    cut_off(job, tmp_path)
    run(job, tmp_path / "out")
    assert (tmp_path / "array" / "log").read_text() == "012345"
    assert {path.name for path in (tmp_path / "array").iterdir()} == {*(f"{n}.bin" for n in range(6)), "log"}


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"cut")])
def test_a_file_that_is_gone_or_cut_is_written_again(tmp_path, job, damage):
    cut_off(job, tmp_path)
    damage(tmp_path / "array" / "1.bin")
    run(job, tmp_path / "out")
    assert (tmp_path / "array" / "log").read_text() == "0123145"
    assert (tmp_path / "array" / "1.bin").read_bytes() == b"1" * 10


def test_an_executor_of_the_callers_is_used_and_left_open(tmp_path, job):
    (tmp_path / "array" / "fail").unlink()
    names = []

    class Named(ThreadPoolExecutor):
        def submit(self, fn, /, *args, **kwargs):
            names.append(fn.__name__)
            return super().submit(fn, *args, **kwargs)

    with Named(2) as executor:
        run(job, tmp_path / "out", Running(Workers("threads", 2), executor=executor))
        assert names == ["work"] * 6
        assert executor.submit(int, "3").result() == 3
