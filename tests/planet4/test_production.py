"""The whole production on the sample: twice, changed, interrupted, with less than it needs; and its command line."""

import csv
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from commands import COMMAND, called, started
from planet4.marking_files import fan, write_markings
from reading import counts, part_bytes, records
from swath.cli.main import app
from swath.engine.executors import Workers
from swath.engine.run import Running
from swath.errors import InputError, MismatchError, UsageError
from swath.planet4.catalog import CatalogSettings, CatalogSources, catalog
from swath.planet4.catalog_csv import write_catalog_csv
from swath.planet4.clean import CleanSettings, clean_markings
from swath.planet4.clustering.job import cluster
from swath.planet4.combine import CombineSettings, combine
from swath.planet4.convert import convert
from swath.planet4.ground import GroundFiles, ground
from swath.planet4.lookups import LookupFiles
from swath.planet4.pictures.azimuth import plot_azimuth
from swath.planet4.pictures.tile import plot_tile
from swath.planet4.produce import STEPS, ProduceSettings, produce
from swath.planet4.published import Catalogue, with_mars_year
from swath.planet4.statistics.activity import tile_activity
from swath.planet4.statistics.coverage import tile_coverage
from swath.planet4.statistics.quality import QualitySettings, tile_quality

SAMPLE = Path(__file__).parents[2] / "data-samples" / "planet4"
EXPORT = SAMPLE / "planet-four-classifications.csv"
LOOKUPS = LookupFiles(SAMPLE / "planet-four-subjects.csv", SAMPLE / "tile_coords.csv", SAMPLE / "metadata.csv")
OPTIONS = ["--subjects", LOOKUPS.subjects, "--tile-coords", LOOKUPS.tile_coords, "--metadata", LOOKUPS.metadata]


def inside(*arguments):
    """The same command without a process of its own."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("production") / "out"
    produce([EXPORT], out, lookups=LOOKUPS)
    return out


def test_every_step_has_its_rows(made):
    clusters = records(made / "clusters", "clusters")
    combined = records(made / "combined", "combined")
    fans, blotches = (records(made / "catalog", name) for name in ("fans", "blotches"))
    assert len(clusters) > len(combined) > 0
    assert len(fans) + len(blotches) == len({row["marking_id"] for row in combined})
    assert [row["marking_id"] for row in records(made / "ground", "ground")] == [r["marking_id"] for r in combined]
    assert {row["marking_id"] for row in combined} < {row["marking_id"] for row in clusters}
    report = json.loads((made / "report.json").read_text(encoding="utf-8"))
    assert list(report["steps"]) == list(STEPS)
    assert report["steps"]["clusters"]["rows"]["clusters"] == len(clusters)


def test_the_published_files_are_the_catalogue(made):
    for name in ("fans", "blotches"):
        with (made / "published" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            published = list(csv.DictReader(file))
        rows = records(made / "catalog", name)
        assert [row["marking_id"] for row in published] == [row["marking_id"] for row in rows]
        for ours, theirs in zip(rows, published, strict=True):
            assert list(ours) == list(theirs)
            for column, value in ours.items():
                assert (
                    theirs[column] == ""
                    if value is None
                    else str(value) == theirs[column] or float(theirs[column]) == pytest.approx(value)
                )


def test_observations_without_coordinates_or_metadata_are_kept(made):
    bare = [row for row in records(made / "catalog", "fans") if row["obsid"] == "ESP_046002_0945"]
    assert bare
    assert {(row["l_s"], row["Longitude"]) for row in bare} == {(None, None)}
    assert counts(made / "catalog")["fans without metadata"] == len(bare)
    assert counts(made / "ground")["markings without tile centres"] > 0


def test_workers_change_nothing(tmp_path, made):
    produce([EXPORT], tmp_path / "out", lookups=LOOKUPS, running=Running(Workers("processes", 2)))
    assert part_bytes(tmp_path / "out") == part_bytes(made)
    for name in ("fans.csv", "blotches.csv"):
        assert (tmp_path / "out" / "published" / name).read_bytes() == (made / "published" / name).read_bytes()


def test_a_step_that_stands_is_not_done_again(tmp_path):
    produce([EXPORT], tmp_path / "out", lookups=LOOKUPS)
    again = produce([EXPORT], tmp_path / "out", lookups=LOOKUPS)
    assert all(outcome.unchanged for outcome in again.values())
    changed = ProduceSettings(combine=CombineSettings(0.9))
    with pytest.raises(MismatchError, match=r"cut was 0\.5, is 0\.9"):
        produce([EXPORT], tmp_path / "out", lookups=LOOKUPS, settings=changed)
    outcomes = produce([EXPORT], tmp_path / "out", lookups=LOOKUPS, settings=changed, running=Running(overwrite=True))
    assert {name: outcome.unchanged for name, outcome in outcomes.items()} == {
        "markings": True, "clusters": True, "combined": False, "ground": False, "catalog": False,
    }  # fmt: skip


@pytest.mark.skipif(os.name != "posix", reason="needs signals of POSIX")
def test_killed_half_way_it_goes_on(tmp_path, made):
    command = [*COMMAND, "planet4", "produce", EXPORT, *OPTIONS, "-o", tmp_path / "out"]
    with subprocess.Popen(list(map(str, command)), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as killed:
        for _ in range(12_000):
            if (tmp_path / "out" / "clusters.partial").exists() or killed.poll() is not None:
                break
            time.sleep(0.005)
        killed.send_signal(signal.SIGKILL)
    outcomes = produce([EXPORT], tmp_path / "out", lookups=LOOKUPS)
    assert outcomes["markings"].unchanged
    assert part_bytes(tmp_path / "out") == part_bytes(made)


def test_renumbered_without_gaps(made, tmp_path):
    sources = CatalogSources(ground=made / "ground", metadata=LOOKUPS.metadata)
    catalog(made / "combined", tmp_path / "out", sources=sources, settings=CatalogSettings(renumber=True))
    for name, prefix in (("fans", "F"), ("blotches", "B")):
        ids = [row["marking_id"] for row in records(tmp_path / "out", name)]
        assert ids == [f"{prefix}{number:06x}" for number in range(len(ids))]


def test_without_any_table_the_markings_stay(made, tmp_path):
    ground(made / "combined", tmp_path / "ground")
    assert {row["Longitude"] for row in records(tmp_path / "ground", "ground")} == {None}
    catalog(made / "combined", tmp_path / "out")
    assert len(records(tmp_path / "out", "fans")) == len(records(made / "catalog", "fans"))


def test_no_markings_at_all(tmp_path):
    cluster(write_markings(tmp_path / "m.parquet", [fan() | {"marking": "none"}]), tmp_path / "clusters")
    combine(tmp_path / "clusters", tmp_path / "combined")
    ground(tmp_path / "combined", tmp_path / "ground")
    catalog(tmp_path / "combined", tmp_path / "catalog", sources=CatalogSources(ground=tmp_path / "ground"))
    paths = write_catalog_csv(tmp_path / "catalog", tmp_path / "csv")
    assert [path.read_text(encoding="utf-8").count("\n") for path in paths] == [1, 1]
    assert tile_quality(Catalogue.open(tmp_path / "catalog")).num_rows == 0
    assert tile_coverage(Catalogue.open(tmp_path / "catalog")).num_rows == 0


def test_cleaning_a_conversion_is_converting_clean(tmp_path):
    convert([EXPORT], tmp_path / "raw", lookups=LOOKUPS)
    clean_markings(tmp_path / "raw", tmp_path / "clean")
    produce([EXPORT], tmp_path / "out", lookups=LOOKUPS)
    assert records(tmp_path / "clean", "markings") == records(tmp_path / "out" / "markings", "markings")
    with pytest.raises(UsageError, match="no cleaning 'soap'"):
        CleanSettings("soap")


@pytest.mark.parametrize("step", [
    lambda made, out: combine(made / "combined", out),
    lambda made, out: ground(made / "clusters", out),
    lambda made, out: catalog(made / "clusters", out),
    lambda made, out: catalog(made / "combined", out, sources=CatalogSources(ground=made / "combined")),
    lambda made, out: cluster(made / "combined", out),
    lambda made, _: Catalogue.open(made / "combined"),
])  # fmt: skip
def test_the_output_of_another_step(made, tmp_path, step):
    with pytest.raises(InputError) as error:
        step(made, tmp_path / "out")
    assert "give" in error.value.hint
    assert not (tmp_path / "out").exists()


def test_places_of_other_markings(made, tmp_path):
    combine(made / "clusters", tmp_path / "combined", settings=CombineSettings(0.9))
    with pytest.raises(InputError, match="places of other markings"):
        catalog(tmp_path / "combined", tmp_path / "out", sources=CatalogSources(ground=made / "ground"))


@pytest.mark.parametrize(("name", "text", "said"), [
    ("tile_coords", "tile_id,x_tile,y_tile,obsid\nA,1,1,E\n", "lacks a column"),
    ("metadata", "OBSERVATION_ID,START_TIME\nE,2019-01-01\n", "lacks a column"),
    ("metadata", "OBSERVATION_ID,START_TIME,SOLAR_LONGITUDE,north_azimuth,map_scale\nE,then,1,2,3\n", "then"),
    ("regions", "a,b\n1,2\n", "lacks a column"),
])  # fmt: skip
def test_tables_that_are_none(made, tmp_path, name, text, said):
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        ground(made / "combined", tmp_path / "out", files=GroundFiles(**{name: tmp_path / "t.csv"}))
    assert said in str(error.value)


def test_a_table_that_a_later_step_needs_is_looked_at_first(tmp_path):
    (tmp_path / "m.csv").write_text("OBSERVATION_ID,START_TIME\nE,2019-01-01\n", encoding="utf-8")
    with pytest.raises(InputError, match="lacks a column"):
        produce([EXPORT], tmp_path / "out", lookups=LookupFiles(metadata=tmp_path / "m.csv"))
    assert not (tmp_path / "out" / "markings").exists()


def test_a_cut_that_is_none():
    with pytest.raises(UsageError, match="out of range"):
        CombineSettings(1.5)
    with pytest.raises(UsageError, match="kind cannot be"):
        QualitySettings("fans")


def test_looking_things_up(made):
    catalogue = Catalogue.open(made)
    fans = records(made / "catalog", "fans")
    tile, obsid = fans[0]["tile_id"], fans[0]["obsid"]
    short = tile.removeprefix("APF").lstrip("0")
    assert catalogue.fans_of_tile(short).to_pylist() == [row for row in fans if row["tile_id"] == tile]
    assert catalogue.obsid_of_tile(short) == obsid
    assert catalogue.blotches_of_obsid(obsid).to_pylist() == [
        row for row in records(made / "catalog", "blotches") if row["obsid"] == obsid
    ]
    assert Catalogue.open(made / "published").fans_of_obsid(obsid).num_rows == catalogue.fans_of_obsid(obsid).num_rows
    with pytest.raises(InputError, match="no markings of APF000zzzz"):
        catalogue.obsid_of_tile("zzzz")
    years = with_mars_year(catalogue.fans_of_obsid(obsid), LOOKUPS.metadata)
    assert set(years["MY"].to_pylist()) == {34}
    assert with_mars_year(catalogue.fans_of_obsid("ESP_046002_0945"), LOOKUPS.metadata)["MY"].null_count > 0


def test_activity_of_every_tile(made):
    found = tile_activity(Catalogue.open(made), LOOKUPS.tile_coords, LOOKUPS.metadata).to_pylist()
    assert sum(row["n_markings"] for row in found) == sum(
        row["obsid"] != "ESP_046002_0945" for name in ("fans", "blotches") for row in records(made / "catalog", name)
    )
    assert {row["pattern"] for row in found} <= {"unimodal_busy", "unimodal_quiet"}
    assert found[0]["tile_ground_area_m2"] == pytest.approx(840 * 648 * found[0]["map_scale"] ** 2)


@pytest.mark.parametrize("view", ["pipeline", "raw", "clustered", "final"])
def test_pictures(made, tmp_path, view):
    tile = records(made / "catalog", "fans")[0]["tile_id"]
    path = plot_tile(made, tile, tmp_path / f"{view}.png", view=view)
    assert path.read_bytes().startswith(b"\x89PNG")
    over = plot_tile(made, tile, tmp_path / "over.svg", view=view, image=path)
    assert b"<image" in over.read_bytes()


def test_pictures_of_nothing(made, tmp_path):
    with pytest.raises(InputError, match="no markings of APF000zzzz"):
        plot_tile(made, "zzzz", tmp_path / "x.png")
    with pytest.raises(UsageError, match="no view"):
        plot_tile(made, "1", tmp_path / "x.png", view="side")
    catalogue = Catalogue.open(made)
    assert plot_azimuth(catalogue, "ESP_046001_0935", tmp_path / "a.svg").stat().st_size > 1000
    with pytest.raises(InputError, match="no fans of"):
        plot_azimuth(catalogue, "ESP_000000_0000", tmp_path / "a.svg")
    with pytest.raises(InputError, match="north"):
        plot_azimuth(catalogue, "ESP_046002_0945", tmp_path / "a.svg")


def test_the_command_line(tmp_path):
    shown = started("planet4", "produce", EXPORT, *OPTIONS, "-o", tmp_path / "out")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "clusters: 237 without markings" in shown.stdout
    again = called("planet4", "produce", EXPORT, *OPTIONS, "-o", tmp_path / "out", "--format", "json")
    assert list(json.loads(again.stdout)["steps"]) == list(STEPS)
    other = called("planet4", "cluster", tmp_path / "out" / "combined", "-o", tmp_path / "x")
    assert other.returncode == 1
    assert other.stderr.startswith("error: ")
    wrong = called("planet4", "cluster", tmp_path / "out" / "markings", "--fan-eps", "-1", "-o", tmp_path / "x")
    assert (wrong.returncode, wrong.stdout) == (2, "")


def test_steps_one_by_one(tmp_path, made):
    assert inside("planet4", "cluster", made / "markings", "-o", tmp_path / "clusters").exit_code == 0
    assert inside("planet4", "combine", tmp_path / "clusters", "-o", tmp_path / "combined").exit_code == 0
    tables = ["--tile-coords", LOOKUPS.tile_coords, "--metadata", LOOKUPS.metadata]
    assert inside("planet4", "ground", tmp_path / "combined", *tables, "-o", tmp_path / "ground").exit_code == 0
    given = ["--ground", tmp_path / "ground", "--metadata", LOOKUPS.metadata, "--csv", tmp_path / "csv"]
    assert inside("planet4", "catalog", tmp_path / "combined", *given, "-o", tmp_path / "catalog").exit_code == 0
    assert part_bytes(tmp_path / "catalog") == part_bytes(made / "catalog")
    assert (tmp_path / "csv" / "fans.csv").read_bytes() == (made / "published" / "fans.csv").read_bytes()


def test_statistics_and_pictures_by_command(tmp_path, made):
    quality = json.loads(inside("planet4", "stats", "quality", made, "--format", "json").stdout)
    assert quality == tile_quality(Catalogue.open(made)).to_pylist()
    written = inside("planet4", "stats", "coverage", made, "--by-obsid", "-o", tmp_path / "c.csv")
    assert (written.exit_code, len((tmp_path / "c.csv").read_text(encoding="utf-8").splitlines())) == (0, 4)
    refused = inside("planet4", "stats", "coverage", made, "-o", tmp_path / "c.txt")
    assert isinstance(refused.exception, UsageError)
    drawn = inside("planet4", "plot", "azimuth", "ESP_046001_0935", made, "-o", tmp_path / "a.png")
    assert (drawn.exit_code, drawn.stdout) == (0, f"{tmp_path / 'a.png'}\n")
