"""Gathering results: none is lost, and what the rig wrote in real time comes along."""

import h5py
import pytest

from depth.depth_files import CASES, write_results
from swath.depth.aggregate import aggregate
from swath.depth.session_metadata import metadata_to_yaml
from swath.depth.yaml_files import read_yaml, write_yaml
from swath.errors import InputError

NAME = "2024-03-05_13-14-15_my_session_m-_one_results_00"


def names(directory):
    return sorted(path.name for path in directory.iterdir())


def test_sessions_of_one_name_are_all_copied(tmp_path):
    for number in "123":
        write_results(tmp_path, f"s{number}", number)
    made = aggregate(tmp_path)
    gathered = tmp_path / "aggregate_results"
    assert [item.name for item in made.sessions] == [NAME, f"{NAME}_2", f"{NAME}_3"]
    assert len(read_yaml(tmp_path / "moseq2-index.yaml")["files"]) == 3
    before = {path.name: path.stat().st_mtime_ns for path in gathered.glob("*.h5")}
    write_results(tmp_path, "s0", "0")
    again = aggregate(tmp_path)
    assert [item.name for item in again.sessions] == [f"{NAME}_4", NAME, f"{NAME}_2", f"{NAME}_3"]
    assert {name: (gathered / name).stat().st_mtime_ns for name in before} == before


def test_the_peer_drops_the_second_of_a_name(tmp_path):
    for number in "12":
        write_results(tmp_path, f"s{number}", number)
    made = aggregate(tmp_path, compat=True)
    assert [item.name for item in made.sessions] == [NAME, ""]
    assert len(read_yaml(tmp_path / "moseq2-index.yaml")["files"]) == 1


@pytest.mark.skipif(not CASES.is_dir(), reason="conformance/depth is not here")
def test_the_listing_of_the_peer(tmp_path):
    start = "2024-03-05T13:14:15.1234567-05:00"
    for uuid, name in (("64", "Other Sess"), ("62", "Synthetic Session")):
        h5 = write_results(tmp_path, uuid, uuid, SessionName=name, SubjectName="synth-01", StartTime=start)
        h5.with_suffix(".mp4").write_bytes(b"film")
    aggregate(tmp_path)
    wanted = (CASES / "layouts" / "aggregate_results_listing.txt").read_text().split()
    assert names(tmp_path / "aggregate_results") == sorted(wanted)


def test_a_session_extracted_anew_is_copied_anew(tmp_path):
    h5 = write_results(tmp_path, "s1", "1", height=30)
    aggregate(tmp_path)
    with h5py.File(h5, "a") as file:
        file["frames"][:] = 31
    aggregate(tmp_path)
    with h5py.File(tmp_path / "aggregate_results" / f"{NAME}.h5") as file:
        assert file["frames"][0, 0, 0] == 31


def test_what_is_left_out_is_said(tmp_path):
    write_results(tmp_path, "good", "1")
    write_results(tmp_path, "low", "2", height=3)
    for name, change in (("failed", {"complete": False, "error": "no floor"}), ("skip", {"skip": True})):
        path = write_results(tmp_path, name, name).with_suffix(".yaml")
        write_yaml(path, read_yaml(path) | change)
    made = aggregate(tmp_path, mouse_threshold=10)
    why = {item.h5.parts[-3]: item.why for item in made.sessions}
    assert why["good"] == ""
    assert why["failed"] == "no floor"
    assert why["skip"] == "marked to be skipped"
    assert "threshold" in why["low"]
    with pytest.raises(InputError, match="no complete session"):
        aggregate(tmp_path, mouse_threshold=100)


def test_what_the_rig_wrote_comes_along(tmp_path):
    write_results(tmp_path)
    (tmp_path / "s1" / "feedback_ts.txt").write_text("1000 0\n1033 1\n")
    (tmp_path / "s1" / "pc_scores.txt").write_text("1000 0.5, 1.5\n1033 1, 2\n")
    (tmp_path / "s1" / "predictions.txt").write_text("1000\n")
    (item,) = aggregate(tmp_path).sessions
    assert "predictions.txt, line 1" in item.why
    with h5py.File(tmp_path / "aggregate_results" / f"{NAME}.h5") as file:
        assert file["metadata/misc/realtime_pc_scores/data"][:].tolist() == [[0.5, 1.5], [1, 2]]
        assert file["metadata/misc/realtime_feedback/timestamps"][:].tolist() == [1000, 1033]
    status = read_yaml(tmp_path / "aggregate_results" / f"{NAME}.yaml")
    assert status["feedback_timestamps"] == [[1000, 0], [1033, 1]]
    assert "realtime_predictions" not in status


def test_metadata_go_into_the_status(tmp_path):
    h5 = write_results(tmp_path, SubjectName="changed")
    status = h5.with_suffix(".yaml")
    write_yaml(status, read_yaml(status) | {"metadata": {}})
    assert metadata_to_yaml(tmp_path) == [status]
    assert read_yaml(status)["metadata"]["SubjectName"] == "changed"
    assert read_yaml(status)["complete"]
    with pytest.raises(InputError, match="no/such"):
        metadata_to_yaml(tmp_path, "no/such")
