"""All tiles at once against a plain loop; votes, averages, parameters, and what goes wrong."""

import math

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planet4.marking_files import blotch, fan, plain_clusters, write_markings
from reading import counts, part_bytes, records
from swath.engine.executors import Workers
from swath.engine.run import Running
from swath.errors import InputError, UsageError
from swath.planet4 import observations
from swath.planet4.clustering import job
from swath.planet4.clustering.job import cluster
from swath.planet4.clustering.settings import ClusterSettings, read_settings


@st.composite
def tiles(draw):
    """Tiles with crowded markings, on a grid so that distances of exactly eps occur."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    made = {}
    for tile in range(draw(st.integers(1, 4))):
        rows = []
        for identity in range(draw(st.integers(0, 14))):
            for _ in range(random.integers(0, 5)):
                x, y = random.integers(0, 12, 2) * 5.0
                who = {"user": f"u{identity % 9}", "identity": identity, "tile": f"APF000000{tile}"}
                if random.random() < 0.5:
                    rows.append(fan(x, y, float(random.integers(0, 12) * 10), **who))
                else:
                    radii = {"radius_1": float(random.choice([10, 20, 40, 70])), "radius_2": 10.0}
                    rows.append(blotch(x, y, float(random.integers(0, 18) * 10), **who, **radii))
        made[tile] = rows
    return made


@settings(max_examples=40)
@given(tiles(), st.sampled_from([{}, {"min_samples_factor": 0.3}, {"blotch_large_eps": 12.0, "fan_angle_eps": 60.0}]))
def test_as_a_plain_loop_over_tiles(tmp_path_factory, made, changes):
    chosen = ClusterSettings(**changes)
    folder = tmp_path_factory.mktemp("tiles")
    rows = [row for tile in made.values() for row in tile]
    cluster(write_markings(folder / "m.parquet", rows), folder / "out", settings=chosen)
    found = records(folder / "out", "clusters")
    wanted = []
    for tile, of_tile in made.items():
        for kind in ("fan", "blotch"):
            clusters, least = plain_clusters(of_tile, kind, chosen)
            for members in clusters:
                first = {of_tile[n]["user_name"]: of_tile[n] for n in reversed(members)}
                if len(first) >= least:
                    centre = (
                        np.mean([row["x"] for row in first.values()]),
                        np.mean([row["y"] for row in first.values()]),
                    )
                    wanted.append((f"APF000000{tile}", kind, len(first), *centre))
    ours = [(r["tile_id"], r["marking"], r["n_votes"], r["x"], r["y"]) for r in found]
    assert len(ours) == len(wanted)
    for mine, theirs in zip(ours, wanted, strict=True):
        assert mine[:3] == theirs[:3]
        assert mine[3:] == pytest.approx(theirs[3:])


def crowd(tile, obsid, users=5, make=fan, x=100.0, angle=0.0):
    return [make(x + n, 100, angle, f"u{n}", n, tile, obsid) for n in range(users)]


def test_ids_and_rows_are_in_order_of_obsid_and_tile(tmp_path):
    rows = crowd("APF0000002", "ESP_2") + crowd("APF0000001", "ESP_2") + crowd("APF0000009", "ESP_1")
    rows += crowd("APF0000001", "ESP_2", make=blotch, x=400)
    cluster(write_markings(tmp_path / "m.parquet", rows), tmp_path / "out")
    found = [(r["marking_id"], r["obsid"], r["tile_id"], r["marking"]) for r in records(tmp_path / "out", "clusters")]
    assert found == [
        ("F000000", "ESP_1", "APF0000009", "fan"),
        ("F000001", "ESP_2", "APF0000001", "fan"),
        ("B000000", "ESP_2", "APF0000001", "blotch"),
        ("F000002", "ESP_2", "APF0000002", "fan"),
    ]


def test_buckets_and_workers_change_nothing(tmp_path, monkeypatch):
    rows = [
        row for n in range(30) for row in crowd(f"APF{n:07x}", f"ESP_{n // 4}", 4 + n % 3, fan if n % 2 else blotch)
    ]
    path = write_markings(tmp_path / "m.parquet", rows, row_group_size=7)
    cluster(path, tmp_path / "whole")
    monkeypatch.setattr(job, "_BUCKET_ROWS", 20)
    monkeypatch.setattr("swath.planet4.marking_files._ROWS_AT_ONCE", 10)
    for kind in ("serial", "threads"):
        cluster(path, tmp_path / kind, running=Running(Workers(kind, 1 if kind == "serial" else 2)))
    assert part_bytes(tmp_path / "serial") == part_bytes(tmp_path / "threads")
    assert len(part_bytes(tmp_path / "serial")) > 3
    assert records(tmp_path / "serial", "clusters") == records(tmp_path / "whole", "clusters")


def test_one_vote_a_volunteer_and_one_for_all_the_nameless(tmp_path):
    rows = [fan(100 + n, 100, user=user, identity=n) for n, user in enumerate(["a", "a", "b", None, None, "c"])]
    cluster(write_markings(tmp_path / "m.parquet", rows), tmp_path / "out")
    (found,) = records(tmp_path / "out", "clusters")
    assert (found["n_votes"], found["x"]) == (4, pytest.approx((100 + 102 + 103 + 105) / 4))


def test_a_cluster_of_too_few_volunteers_goes_and_is_counted(tmp_path):
    rows = [fan(100 + n, 100, user="a" if n else "b", identity=n) for n in range(5)]
    cluster(write_markings(tmp_path / "m.parquet", rows), tmp_path / "out")
    assert records(tmp_path / "out", "clusters") == []
    assert counts(tmp_path / "out")["clusters of too few volunteers"] == 1


def test_angles_wrap_and_an_angle_that_is_missing_leaves_none(tmp_path):
    rows = [fan(100, 100, angle, f"u{n}", n) for n, angle in enumerate([358.0, 2.0, 0.0])]
    rows += [blotch(400, 300, 0.0, f"u{n}", n) | {"angle": angle} for n, angle in enumerate([178.0, 2.0, None])]
    cluster(write_markings(tmp_path / "m.parquet", rows), tmp_path / "out")
    found = {r["marking"]: r for r in records(tmp_path / "out", "clusters")}
    assert math.isclose((found["fan"]["angle"] + 180) % 360, 180, abs_tol=1e-9)
    assert found["blotch"]["angle"] is found["blotch"]["angle_std"] is None
    assert found["blotch"]["n_votes"] == 3


def test_markings_without_a_tile_are_counted(tmp_path):
    rows = [*crowd("APF0000001", "ESP_1"), fan(tile=None), fan(obsid=None), fan() | {"marking": "none"}]
    cluster(write_markings(tmp_path / "m.parquet", rows), tmp_path / "out")
    assert counts(tmp_path / "out")["without a tile"] == 2
    assert counts(tmp_path / "out")["without markings"] == 1
    assert len(records(tmp_path / "out", "clusters")) == 1


def test_text_ids_of_the_old_site(tmp_path):
    table = pq.read_table(write_markings(tmp_path / "m.parquet", crowd("APF0000001", "ESP_1")))
    texts = pa.array([f"50ec{n}" for n in range(table.num_rows)])
    pq.write_table(table.set_column(0, "classification_id", texts), tmp_path / "old.parquet")
    cluster(tmp_path / "old.parquet", tmp_path / "out")
    (found,) = records(tmp_path / "out", "clusters")
    assert (found["n_votes"], found["classification_id"]) == (5, None)


def test_nothing_to_cluster(tmp_path):
    cluster(write_markings(tmp_path / "m.parquet", [fan() | {"marking": "none"}]), tmp_path / "out")
    assert records(tmp_path / "out", "clusters") == []


def test_the_large_run_is_not_repeated_for_those_without_a_name(tmp_path):
    rows = [blotch(100 + n, 100, user=None if n < 4 else f"u{n}", identity=n) for n in range(8)]
    path = write_markings(tmp_path / "m.parquet", rows)
    cluster(path, tmp_path / "right")
    cluster(path, tmp_path / "published", settings=ClusterSettings(as_published=True))
    assert len(records(tmp_path / "right", "clusters")) == 1
    assert counts(tmp_path / "published")["clusters of too few volunteers"] == 1


def test_parameters_are_kept_as_toml(tmp_path):
    path = write_markings(tmp_path / "m.parquet", crowd("APF0000001", "ESP_1"))
    settings = ClusterSettings(fan_eps=12.5, large=False, algorithm="dbscan")
    cluster(path, tmp_path / "out", settings=settings)
    kept = tmp_path / "out" / "_swath" / "cluster.toml"
    assert read_settings(kept) == settings
    assert "fan_eps = 12.5\n" in kept.read_text(encoding="utf-8")


@pytest.mark.parametrize(("text", "said"), [
    ("fan_epss = 1", "is it fan_eps"),
    ("fan_eps = -1", "cannot be -1"),
    ("fan_eps = 'ten'", "cannot be 'ten'"),
    ("large = 1", "cannot be 1"),
    ("least_samples = 2.5", "cannot be 2.5"),
    ("algorithm = 'optics'", "no algorithm 'optics'"),
])  # fmt: skip
def test_parameters_that_cannot_be_meant(tmp_path, text, said):
    (tmp_path / "p.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as error:
        read_settings(tmp_path / "p.toml")
    assert said in str(error.value)


def test_files_that_are_none(tmp_path):
    (tmp_path / "p.toml").write_text("= 3", encoding="utf-8")
    with pytest.raises(InputError, match="is no TOML"):
        read_settings(tmp_path / "p.toml")
    with pytest.raises(InputError, match="cannot read"):
        read_settings(tmp_path / "not.toml")
    with pytest.raises(InputError, match="is no Parquet file"):
        cluster(tmp_path / "p.toml", tmp_path / "out")
    with pytest.raises(InputError, match="there is no"):
        cluster(tmp_path / "not.parquet", tmp_path / "out")
    with pytest.raises(InputError, match="has no markings"):
        cluster(tmp_path, tmp_path / "out")


def test_a_table_of_other_columns_says_which(tmp_path):
    path = write_markings(tmp_path / "m.parquet", crowd("APF0000001", "ESP_1"))
    pq.write_table(pq.read_table(path).drop_columns(["x_angle", "y_angle"]), path)
    with pytest.raises(InputError) as error:
        cluster(path, tmp_path / "out")
    assert "has no column x_angle, y_angle" in str(error.value)
    assert "swath planet4 clean" in error.value.hint


def test_hdbscan_finds_the_same_crowds(tmp_path):
    random = np.random.default_rng(3)
    rows = [
        fan(*(centre + random.normal(0, 2, 2)), float(random.normal(0, 3)), f"u{n}", n)
        for centre in (np.array([100, 100]), np.array([500, 400]))
        for n in range(12)
    ]
    path = write_markings(tmp_path / "m.parquet", rows)
    cluster(path, tmp_path / "out", settings=ClusterSettings(algorithm="hdbscan", angles=False))
    found = sorted(r["x"] for r in records(tmp_path / "out", "clusters"))
    assert found == pytest.approx([100, 500], abs=4)


def test_ranges_of_observations_keep_each_whole(tmp_path):
    rows = [fan(obsid=f"ESP_{n % 5}") for n in range(50)]
    files = job.MarkingFiles.open(write_markings(tmp_path / "m.parquet", rows), job.NEEDED, "")
    assert observations.cut_observations(files, 15) == ("ESP_2", "ESP_4")
    ranges = observations.range_of(pa.chunked_array([["ESP_0", "ESP_4", "ESP_2", "ESP_1"]]), ("ESP_2", "ESP_4"))
    assert ranges.tolist() == [0, 2, 1, 0]
