"""``swath volume``."""

from __future__ import annotations

import typer

from swath.cli import volume_copy, volume_create, volume_images, volume_remote, volume_serve, volume_view

volume = typer.Typer(help="Chunked 3-D image datasets.", no_args_is_help=True, rich_markup_mode=None)

for command in (
    volume_create.create,
    volume_images.from_images,
    volume_create.info,
    volume_images.downsample,
    volume_copy.compress,
    volume_copy.copy,
    volume_copy.crop,
    volume_copy.export,
    volume_view.view,
    volume_serve.serve,
    volume_remote.datasets,
    volume_remote.download,
    volume_remote.upload,
):
    volume.command()(command)
