"""Options of the Panoptes commands, with the names that panoptes_aggregation gives them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Form(StrEnum):
    """What extracts and reductions are written as."""

    parquet = "parquet"
    csv = "csv"


class Repeats(StrEnum):
    """Which classifications of one user and subject count."""

    first = "first"
    last = "last"
    all = "all"


Directory = Annotated[Path, typer.Option("-d", "--dir", help="Directory to write into.", file_okay=False, exists=True)]
Written = Annotated[Form, typer.Option("--format", help="A dataset of typed Parquet, or the peer's CSV files.")]
Order = Annotated[bool, typer.Option("-O", "--order", help="Sort the data columns of CSV files.")]
Stream = Annotated[bool, typer.Option("-s", "--stream", help="Accepted; every run can be taken up again.")]
Compat = Annotated[
    bool, typer.Option("--compat", help="Do as panoptes_aggregation 5.3.1 where it departs from its page.")
]
CpuCount = Annotated[
    int | None, typer.Option("-c", "--cpu_count", "--workers", help="Workers [default: one a processor].")
]
HideBar = Annotated[bool, typer.Option("-hb", "--hide_bar", help="Show no progress.")]
Verbose = Annotated[bool, typer.Option("-vv", "--verbose", help="Accepted; what is set aside is always told.")]
