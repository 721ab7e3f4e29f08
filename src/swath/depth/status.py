"""results_00.yaml: whether a session is extracted, with which parameters, and if not, why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swath import __version__
from swath.depth.yaml_files import read_yaml, write_yaml
from swath.errors import InputError

WRITER = f"swath {__version__}"


@dataclass(frozen=True)
class ResultPaths:
    """Where the results of a session lie; ``index`` is that of the ROI, 0 but for chambers of several."""

    directory: Path
    index: int = 0

    def file(self, suffix: str) -> Path:
        """The results file with a suffix such as ``.h5``."""
        return self.directory / f"results_{self.index:02d}{suffix}"

    @property
    def h5(self) -> Path:
        """Crops, masks, scalars and metadata."""
        return self.file(".h5")

    @property
    def status(self) -> Path:
        """The status."""
        return self.file(".yaml")

    @property
    def film(self) -> Path:
        """The preview film."""
        return self.file(".mp4")

    @property
    def parquet(self) -> Path:
        """What is kept of each frame beside the pictures; only Swath writes it."""
        return self.file(".parquet")


def is_complete(status: Path) -> bool:
    """Say whether a status file is there and says that its session is extracted."""
    return status.is_file() and read_status(status).get("complete") is True


def read_status(path: Path) -> dict[str, Any]:
    """Read a status file; one that is damaged is not complete, and says so under ``error``."""
    try:
        return read_yaml(path)
    except InputError as error:
        return {"complete": False, "error": error.message}


def new_status(uuid: str, metadata: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The status of a session whose extraction begins."""
    return {
        "complete": False,
        "skip": False,
        "uuid": uuid,
        "metadata": dict(metadata),
        "parameters": dict(parameters),
        "extracted_by": WRITER,
    }


def write_status(path: Path, status: Mapping[str, Any]) -> None:
    """Write a status file."""
    write_yaml(path, status)


def write_failure(path: Path, status: Mapping[str, Any], why: str) -> None:
    """Write down why a session could not be extracted; one that is complete from before stays so."""
    if not is_complete(path):
        write_status(path, {**status, "complete": False, "error": why})
