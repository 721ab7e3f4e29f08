"""The reduction against AZOTEA: the light frames' tables, digit for digit, and the master darks."""

import json
from pathlib import Path

import pytest

from reading import records, rejects
from sky.scenarios import CASES, act, configure, exported, ordered, reduced, start, table
from swath.sky.directories import find_frames_of_observers
from swath.sky.reduce import reduce

pytest.importorskip("rawpy")
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="conformance/sky is not here")

TABLES = [
    *("basic_2dark", "bggr_EM10", "cmdline_roi", "dark_names", "explicit_roi", "fraction_exptime"),
    *("gbrg_margins_550D", "ini_overrides", "mixed_dark_exptimes", "multidir", "no_dark", "odd_plane_center"),
    *("odd_size", "only_darks", "roi_off_edge", "roi_x0_only", "roi_zero_zero", "saturated"),
    *("trailing_slash", "two_nights_in_one_dir", "missing_fnumber_focal_iso", "full_24mp"),
    *("delete_image", "rerun_nochange", "full_24mp_whole_plane", "tie_rounding"),
]
"""Scenarios whose table is right at every step."""

OF_THE_OBSERVER = ("observer", "organization", "location")

RIGHT_AT_THE_END = ["add_image", "change_image", "reset_new_roi", "reset_new_observer", "copy_in_other_dir_data_loss"]
"""Scenarios whose table is late, lacks a name or is lost at some step, and right at another."""

SET_ASIDE = {
    "missing_datetime": ("no date and time", 3),
    "bad_datetime": ("no date and time", 1),
    "roi_outside": ("region outside the plane", 3),
    "roi_larger_than_plane": ("region outside the plane", 3),
    "roi_wider_only": ("region outside the plane", 3),
}
"""Scenarios where the peer ends or measures elsewhere: the reason and number of frames that are set aside."""


@pytest.mark.parametrize("name", TABLES)
def test_tables_digit_for_digit(tmp_path, name):
    case, ini = start(tmp_path, name)
    for step in case["steps"]:
        if "action" in step:
            act(tmp_path, ini, step["action"])
        elif "reduce" in step["argv"]:
            out, _ = reduced(tmp_path, ini, step["argv"])
            wanted = [row for text in step["csv"].values() for row in table(text)]
            made = exported(out)
            assert ordered(table(made)) == ordered({json.dumps(r): r for r in wanted}.values())
            assert all(made.split("\r\n")[0] == text.split("\r\n")[0] for text in step["csv"].values())
            check_master_darks(out, step)


def check_master_darks(out, step):
    masters = {(row["directory"], row["plane"]): row for row in records(out, "master_darks")}
    theirs = step["db"]["master_dark_t"]
    assert len(masters) == 4 * len(theirs)
    if len(theirs) != 1:
        return
    for (_, plane), row in masters.items():
        assert row["mean"] == pytest.approx(theirs[0][f"aver_{plane}"], abs=1e-9)
        assert row["variance"] == pytest.approx(theirs[0][f"vari_{plane}"], abs=1e-9)
        assert (row["darks"], row["min_exposure"]) == (theirs[0]["N"], theirs[0]["min_exptime"])


@pytest.mark.parametrize("name", ["basic_2dark", "ini_overrides", "mixed_dark_exptimes", "no_dark"])
def test_signals_without_their_dark(tmp_path, name):
    case, ini = start(tmp_path, name)
    out, _ = reduced(tmp_path, ini, case["steps"][0]["argv"])
    signals = {(Path(r["path"]).name, r["plane"]): r for r in records(out, "brightness")}
    for row in case["steps"][0]["db"]["image_v"]:
        for plane in ("R1", "G2", "G3", "B4"):
            found = signals[row["name"], plane]
            assert found["signal"] == pytest.approx(row[f"aver_signal_{plane}"], abs=1e-9)
            assert found["signal_variance"] == pytest.approx(row[f"vari_signal_{plane}"], abs=1e-9)


@pytest.mark.parametrize("name", ["explicit_roi", "roi_x0_only"])
def test_the_long_table(tmp_path, name):
    """Where the corner is given, as the later version no longer centres."""
    case, ini = start(tmp_path, name, "0.3.39-typofix")
    out, _ = reduced(tmp_path, ini, case["steps"][0]["argv"])
    (text,) = case["steps"][0]["csv"].values()
    assert table(exported(out, 29)) == table(text)


@pytest.mark.parametrize("name", RIGHT_AT_THE_END)
def test_tables_that_the_peer_writes_late(tmp_path, name):
    case, ini = start(tmp_path, name)
    known = []
    for step in case["steps"]:
        known += [table(text) for text in (step.get("csv") or {}).values()]
        if "action" in step:
            act(tmp_path, ini, step["action"])
        elif "reduce" in step["argv"]:
            out, _ = reduced(tmp_path, ini, step["argv"])
    numbers = [{k: v for k, v in row.items() if k not in OF_THE_OBSERVER} for row in table(exported(out))]
    assert numbers in [[{k: v for k, v in row.items() if k not in OF_THE_OBSERVER} for row in rows] for rows in known]
    assert {row["observer"] for row in table(exported(out))} == {"Ana Ruiz"}


@pytest.mark.parametrize("name", SET_ASIDE)
def test_frames_that_are_set_aside(tmp_path, name):
    case, ini = start(tmp_path, name)
    out, _ = reduced(tmp_path, ini, case["steps"][0]["argv"])
    assert rejects(out) == dict([SET_ASIDE[name]])


def test_every_observer_has_a_configuration_or_is_set_aside(tmp_path):
    case, ini = start(tmp_path, "multiuser")
    for user, values in case["users"].items():
        configure(ini, {"observer": user, **values})
        with (tmp_path / f"{user}.ini").open("w", encoding="utf-8") as file:
            ini.write(file)
    reduce(find_frames_of_observers(tmp_path / "c", tmp_path, recursive=False), tmp_path / "store")
    wanted = [row for text in case["steps"][0]["csv"].values() for row in table(text)]
    assert ordered(table(exported(tmp_path / "store"))) == ordered(wanted)
    assert rejects(tmp_path / "store") == {"no configuration of its observer": 2}


@pytest.mark.parametrize("name", ["unknown_model", "missing_model", "missing_exptime", "pentax_bad_pattern"])
def test_frames_that_the_peer_does_not_read_are_measured(tmp_path, name):
    case, ini = start(tmp_path, name)
    out, _ = reduced(tmp_path, ini, case["steps"][0]["argv"])
    assert len(records(out, "frames")) == len(case["frames"])
    assert not rejects(out)
    for row in records(out, "brightness"):
        if row["type"] == "LIGHT":
            levels = dict(zip(("R1", "G2", "G3", "B4"), case["frames"][0]["levels"], strict=True))
            assert row["mean"] == pytest.approx(levels[row["plane"]], abs=1)
