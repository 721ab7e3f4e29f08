"""``swath panoptes tune`` and ``swath panoptes plot``: settings of clustering, and clusters to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from swath.cli import options
from swath.cli.output import print_rows

_DIGITS = 4

Values = Annotated[str | None, typer.Option(metavar="N,N,…", help="Values to try, such as 2,5,10.")]


def tune(
    extracts: Annotated[Path, typer.Argument(help="Extracts of marks: a CSV file, or a dataset or one of its tables.")],
    eps: Values = None,
    min_samples: Values = None,
    min_cluster_size: Values = None,
    reducer: Annotated[str, typer.Option(help="The reducer to tune.")] = "point_reducer_dbscan",
    shape: Annotated[str | None, typer.Option(help="Shape, for a reducer of shapes.")] = None,
    sample: Annotated[int, typer.Option(help="Subjects to take.")] = 200,
    seed: Annotated[int, typer.Option(help="Decides which subjects are taken.")] = 0,
    form: options.FormatOption = options.Format.table,
    picture: Annotated[Path | None, typer.Option(help="Draw the results too, as .png, .pdf or .svg.")] = None,
) -> None:
    """Try settings of a clustering reducer on a sample of subjects: clusters, noise, stability.

    Stability is the mean adjusted Rand index between the clusters of a setting and those of its neighbours in the grid:
    1 where the neighbours cluster alike, 0 where no more than by chance. What is not given has the reducer's default;
    where nothing is given, a grid of its own is tried.

    Example: swath panoptes tune extracts/point_extractor_by_frame --eps 2,5,10,20 --min-samples 2,3,5

    Example: swath panoptes tune circles.csv --reducer shape_reducer_dbscan --shape circle --picture circles.png
    """
    from swath.panoptes import tune as library  # noqa: PLC0415

    given = {"eps": eps, "min_samples": min_samples, "min_cluster_size": min_cluster_size}
    grid = {name: _numbers(name, text) for name, text in given.items() if text is not None}
    if picture is not None:
        _check_picture(picture)
    keywords = {} if shape is None else {"shape": shape}
    trials = library.tune(extracts, reducer, grid, keywords=keywords, sample=sample, seed=seed)
    rows = [trial.row() for trial in trials]
    if form is options.Format.table:
        rows = [{k: round(v, _DIGITS) if isinstance(v, float) else v for k, v in row.items()} for row in rows]
    print_rows(rows, list(rows[0]), form.value)
    if picture is not None:
        from swath.panoptes.tune_picture import save_picture  # noqa: PLC0415

        save_picture(trials, f"{reducer}: {trials[0].points:,} marks in {trials[0].groups:,} groups", picture)
        typer.echo(str(picture), err=True)


def _check_picture(path: Path) -> None:
    """Find out before the work whether the picture can be drawn at all."""
    from swath.panoptes.pictures import check_form, figure  # noqa: PLC0415

    check_form(path)
    figure(1, 1)


def _numbers(name: str, text: str) -> list[float]:
    """Read numbers between commas, whole ones as whole; raises UsageError for anything else."""
    from swath.errors import UsageError  # noqa: PLC0415
    from swath.panoptes.literals import parse_number  # noqa: PLC0415

    numbers = [parse_number(part.strip()) for part in text.split(",")]
    known = [number for number in numbers if number is not None]
    if len(known) < len(numbers):
        raise UsageError(f"--{name.replace('_', '-')} {text!r} is no list of numbers", "write such as 2,5,10")
    return known


def plot(
    subject: Annotated[str, typer.Argument(help="Subject, as it stands in the extracts.")],
    extracts: Annotated[
        Path, typer.Option("-e", "--extracts", help="Extracts of marks: a CSV file, or a dataset or table.")
    ],
    reductions: Annotated[
        Path, typer.Option("-r", "--reductions", help="Their reductions: a CSV file, or a dataset or table.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="Picture to write: .png, .pdf or .svg.")],
    task: Annotated[str | None, typer.Option(help="Task to draw, such as T0 [default: all].")] = None,
    image: Annotated[
        list[Path] | None, typer.Option(help="The subject's image, PNG or JPEG; repeatable, of frames 0, 1, …")
    ] = None,
) -> None:
    """Draw a subject's marks and their clusters, on its image or on a blank frame.

    Example: swath panoptes plot 73000000 -e points.csv -r point_reducer_dbscan_reductions.csv -o clusters.png

    Example: swath panoptes plot 73000000 -e extracts -r reductions --task T0 --image subject.jpg -o clusters.png
    """
    from swath.panoptes import plot as library  # noqa: PLC0415

    typer.echo(str(library.plot(subject, extracts, reductions, output, task=task, images=image or ())))
