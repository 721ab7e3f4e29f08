"""All tables of all commands, and docs/formats.md made from them: ``python -m swath.schemas > docs/formats.md``."""

from __future__ import annotations

import sys

from swath.depth.tables import DEPTH_TABLES
from swath.panoptes.extract.tables import extract_table
from swath.panoptes.reduce.tables import CLUSTERS, CONSENSUS, reduction_table
from swath.panoptes.tables import CONVERT_TABLES
from swath.planet4.tables import (
    BLOTCHES,
    CLEAN_MARKINGS,
    CLEANED,
    COMBINED,
    FANS,
    FNOTCHES,
    GROUND,
    MARKINGS,
    OLD_MARKINGS,
    TUTORIALS,
)
from swath.planet4.tables import (
    CLUSTERS as TILE_CLUSTERS,
)
from swath.sky.tables import BLOCKS, SKY_TABLES
from swath.tables import QUARANTINE, Table
from swath.volume.tables import VOLUME_TABLES

ALL_TABLES: dict[str, tuple[Table, ...]] = {
    "convert": CONVERT_TABLES,
    "planet4 convert": (MARKINGS,),
    "planet4 convert --clean": (CLEAN_MARKINGS,),
    "planet4 reduce": (OLD_MARKINGS, TUTORIALS),
    "planet4 clean": (CLEANED,),
    "planet4 cluster": (TILE_CLUSTERS,),
    "planet4 combine": (COMBINED, FNOTCHES),
    "planet4 ground": (GROUND,),
    "planet4 catalog": (FANS, BLOTCHES),
    "panoptes extract": (extract_table("question_extractor"),),
    "panoptes reduce": (reduction_table("question_reducer"), CONSENSUS, CLUSTERS),
    "sky reduce": (*SKY_TABLES, BLOCKS),
    "depth extract": DEPTH_TABLES,
    "volume from-images, downsample, copy, compress": VOLUME_TABLES,
    "every conversion": (QUARANTINE,),
}
"""The tables by the command that writes them."""


def formats_page() -> str:
    """Write docs/formats.md."""
    lines = [
        "# Formats",
        "",
        "The tables that Swath writes, made from the table definitions in the code. Partition columns are directories",
        "(`workflow_id=12978/`) and stand in every view; types are DuckDB's names.",
    ]
    for command, tables in ALL_TABLES.items():
        lines += ["", f"## {command}"]
        for table in tables:
            lines += _table_lines(table)
    return "\n".join(lines) + "\n"


def _table_lines(table: Table) -> list[str]:
    partition = f" Partitioned by {', '.join(table.partition_by)}." if table.partition_by else ""
    open_ended = " The data decide further columns, named `data.…`." if table.open else ""
    lines = ["", f"### {table.name}", "", table.meaning + partition + open_ended, ""]
    lines += ["| column | type | unit | meaning |", "|---|---|---|---|"]
    return lines + [f"| {c['name']} | {c['dtype']} | {c['unit']} | {c['meaning']} |" for c in table.describe()]


if __name__ == "__main__":
    sys.stdout.write(formats_page())
