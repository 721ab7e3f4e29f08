"""Commands of ``swath depth`` over files: convert, copy-slice, config."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from swath.depth.convert import Written

Recording = Annotated[Path, typer.Argument(help="A recording: .dat, .avi, .mkv or .tar.gz.")]
OutputFile = Annotated[
    Path | None, typer.Option("-o", "--output-file", help="File to write: .avi is an FFV1 film, .dat raw frames.")
]
ChunkSize = Annotated[int, typer.Option("-b", "--chunk-size", min=1, help="Frames in memory at a time, at most 256.")]
Fps = Annotated[float, typer.Option(help="Frames a second.")]
Threads = Annotated[int, typer.Option("-t", "--threads", min=1, help="Threads that encode.")]
Mapping = Annotated[str, typer.Option("-m", "--mapping", help="Title or number of the depth stream.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a file that stands.")]


def convert(
    recording: Recording,
    output_file: OutputFile = None,
    fps: Fps = 30,
    chunk_size: ChunkSize = 256,
    threads: Threads = 8,
    mapping: Mapping = "DEPTH",
    delete: Annotated[
        bool, typer.Option("--delete", help="Delete the recording once all frames were read back.")
    ] = False,
    overwrite: Overwrite = False,
) -> None:
    """Write raw frames as a film without loss, or a film as raw frames; every frame is read back and compared.

    Example: swath depth convert session_1/depth.dat -o session_1/depth.avi
    """
    from swath.depth.convert import convert as library  # noqa: PLC0415

    _report(
        library(
            recording,
            output_file,
            fps=fps,
            chunk_size=chunk_size,
            threads=threads,
            mapping=mapping,
            delete=delete,
            overwrite=overwrite,
        )
    )


def copy_slice(
    recording: Recording,
    output_file: OutputFile = None,
    copy_slice: Annotated[
        tuple[int, int], typer.Option("-c", "--copy-slice", help="First frame, and the one behind the last.")
    ] = (0, 1000),
    fps: Fps = 30,
    chunk_size: ChunkSize = 256,
    threads: Threads = 8,
    mapping: Mapping = "DEPTH",
    delete: Annotated[
        bool, typer.Option("--delete", help="Delete the recording; refused where the slice leaves frames out.")
    ] = False,
    overwrite: Overwrite = False,
) -> None:
    """Copy a range of frames into a new recording; every frame is read back and compared.

    Example: swath depth copy-slice session_1/depth.dat -o slice/depth.dat -c 100 400
    """
    from swath.depth.convert import copy_slice as library  # noqa: PLC0415

    _report(
        library(
            recording,
            output_file,
            copy_slice,
            fps=fps,
            chunk_size=chunk_size,
            threads=threads,
            mapping=mapping,
            delete=delete,
            overwrite=overwrite,
        )
    )


def config(
    output_file: Annotated[
        Path | None, typer.Option("-o", "--output-file", help="File to write [default: the screen].")
    ] = None,
    camera_type: Annotated[str, typer.Option(help="Camera: kinect (or k2), azure, realsense.")] = "kinect",
) -> None:
    """Write a commented configuration of all parameters; a file that stands is never overwritten.

    Example: swath depth config -o config.yaml --camera-type azure
    """
    from swath.depth.config import config_text, write_config  # noqa: PLC0415

    if output_file is None:
        typer.echo(config_text(camera_type), nl=False)
        return
    write_config(output_file, camera_type)
    typer.echo(f"wrote {output_file}")


def _report(written: Written) -> None:
    typer.echo(
        f"wrote {written.output}: {written.frames} frames, {written.start} to {written.stop - 1},"
        f" {written.bytes_after / 1e6:.1f} MB for {written.bytes_before / 1e6:.1f} MB, read back and equal"
    )
