"""Small recordings and results for the tests of depth."""

import json
from pathlib import Path

import h5py
import numpy as np

from swath.depth.yaml_files import write_yaml

CASES = Path(__file__).parents[3] / "shared" / "conformance" / "depth"
METADATA = {"SubjectName": "M One", "SessionName": "MySession", "StartTime": "2024-03-05T13:14:15.9-05:00"}


def write_results(root, name="s1", uuid="u", frames=5, height=30, **metadata):
    """Write the results of a session as far as the steps after an extraction look at them."""
    given = METADATA | {"NidaqChannels": 0} | metadata
    directory = root / name / "proc"
    directory.mkdir(parents=True)
    with h5py.File(directory / "results_00.h5", "w") as file:
        file["frames"] = np.full((frames, 4, 4), height, np.uint8)
        for key, value in given.items():
            file[f"metadata/acquisition/{key}"] = value
    write_yaml(directory / "results_00.yaml", {"complete": True, "skip": False, "uuid": uuid, "metadata": given})
    return directory / "results_00.h5"


def depths(frames, rows=60, columns=72, seed=1):
    """Depths of an arena with a mouse that walks through it: uint16 (frames, rows, columns), mm."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :columns]
    out = np.empty((frames, rows, columns), np.uint16)
    for number in range(frames):
        turn = 0.1 * number
        across, along = x - columns / 2 - 12 * np.cos(turn), y - rows / 2 - 10 * np.sin(turn)
        inside = 1 - (across / 9) ** 2 - (along / 5) ** 2
        mouse = np.where(inside > 0, 45 * np.sqrt(np.maximum(inside, 0)), 0)
        floor = np.where(np.hypot(x - columns / 2, y - rows / 2) < 27, 670.0, 900.0)
        out[number] = np.rint(floor - mouse + random.normal(0, 1, floor.shape))
    return out


def write_session(directory, frames=40, name="depth.dat", seed=1, **metadata):
    """Write a raw recording with its metadata and timestamps; give its path and its frames."""
    found = depths(frames, seed=seed)
    directory.mkdir(parents=True, exist_ok=True)
    found.astype("<u2").tofile(directory / name)
    rows, columns = found.shape[1:]
    noted = METADATA | {"DepthResolution": [columns, rows]} | metadata
    (directory / "metadata.json").write_text(json.dumps(noted))
    (directory / "depth_ts.txt").write_text("".join(f"{1000 + 33.3 * n} 0\n" for n in range(frames)))
    return directory / name, found
