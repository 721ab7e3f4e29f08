"""The whole production: from the classification export to the published catalogue, step by step."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from swath.engine.files import write_atomically
from swath.engine.run import Outcome, Running
from swath.errors import MismatchError
from swath.planet4.catalog import CatalogSettings, CatalogSources, catalog
from swath.planet4.catalog_csv import write_catalog_csv
from swath.planet4.clustering.job import cluster
from swath.planet4.clustering.settings import ClusterSettings
from swath.planet4.combine import CombineSettings, combine
from swath.planet4.convert import ConvertSettings, convert
from swath.planet4.ground import GroundFiles, check_tables, ground
from swath.planet4.lookups import LookupFiles

STEPS = ("markings", "clusters", "combined", "ground", "catalog")
"""The outputs of the steps, directories of the production."""


@dataclass(frozen=True)
class ProduceSettings:
    """What decides the catalogue: the settings of each step."""

    convert: ConvertSettings = field(default_factory=lambda: ConvertSettings(clean=True))
    cluster: ClusterSettings = field(default_factory=ClusterSettings)
    combine: CombineSettings = field(default_factory=CombineSettings)
    catalog: CatalogSettings = field(default_factory=CatalogSettings)


def produce(
    classifications: Sequence[str | Path],
    out: str | Path,
    *,
    lookups: LookupFiles | None = None,
    regions: Path | None = None,
    settings: ProduceSettings | None = None,
    running: Running | None = None,
) -> dict[str, Outcome]:
    """Produce the catalogue from classification exports into the directory ``out``; gives the outcome of each step.

    Each step is a dataset below ``out``: markings, clusters, combined, ground, catalog; ``published`` has the CSV files
    and ``report.json`` the counts. A step that stands already is not done again; under ``overwrite`` one that was made
    of other inputs or with other settings is replaced. Raises what the steps raise.
    """
    root, files, chosen = Path(out), lookups or LookupFiles(), settings or ProduceSettings()
    places = GroundFiles(files.tile_coords, files.metadata, regions)
    check_tables(places)
    root.mkdir(parents=True, exist_ok=True)
    sources = CatalogSources(ground=root / "ground", metadata=files.metadata)
    steps: dict[str, Callable[[Path, Running], Outcome]] = {
        "markings": lambda made, how: convert(
            classifications, made, lookups=files, settings=chosen.convert, running=how
        ),
        "clusters": lambda made, how: cluster(root / "markings", made, settings=chosen.cluster, running=how),
        "combined": lambda made, how: combine(root / "clusters", made, settings=chosen.combine, running=how),
        "ground": lambda made, how: ground(root / "combined", made, files=places, running=how),
        "catalog": lambda made, how: catalog(
            root / "combined", made, sources=sources, settings=chosen.catalog, running=how
        ),
    }
    outcomes = {name: _step(step, root / name, running or Running()) for name, step in steps.items()}
    if not outcomes["catalog"].unchanged or not (root / "published").is_dir():
        write_catalog_csv(root / "catalog", root / "published")
    report = json.dumps(production_report(outcomes), indent=2) + "\n"
    write_atomically(root / "report.json", report.encode())
    return outcomes


def _step(step: Callable[[Path, Running], Outcome], out: Path, running: Running) -> Outcome:
    """Do a step; where it stands, made otherwise, replace it only under ``overwrite``."""
    try:
        return step(out, replace(running, overwrite=False))
    except MismatchError:
        if not running.overwrite:
            raise
    return step(out, running)


def production_report(outcomes: dict[str, Outcome]) -> dict[str, Any]:
    """What each step came to: the seconds that it took, rows by table, what was counted, what was set aside and why."""
    steps = {}
    for name, outcome in outcomes.items():
        content = outcome.dataset.manifest.content
        steps[name] = {
            "seconds": content["seconds"],
            "rows": {table: about["rows"] for table, about in content["tables"].items()},
            "counts": content["counts"],
            "set_aside": content["rejects"],
        }
    return {"seconds": round(sum(step["seconds"] for step in steps.values()), 3), "steps": steps}
