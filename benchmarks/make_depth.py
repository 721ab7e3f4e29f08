"""Depth recordings of a mouse in a bucket, made up: it walks, turns, stops and rears.

    python benchmarks/make_depth.py DIR --frames 5000 --seed 1
    python benchmarks/make_depth.py DIR --frames 80 --seed 1 --noise 0.1 --empty 1 --format avi

Writes ``depth.dat`` or ``depth.avi``, ``metadata.json``, ``depth_ts.txt`` and ``truth.csv`` (centre in pixels,
direction in radians, height in mm), or all but the last into ``DIR.tar.gz``. The same arguments give the same frames.
Frames are written as they are made, so that their number is bounded by the disk alone.
"""

from __future__ import annotations

import argparse
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from swath.depth.frame_files import write_frames

Frame = npt.NDArray[np.uint16]

FLOOR = 673.0
RADIUS, WALL, WALL_HEIGHT = 0.31, 0.38, 250.0
ROOM = 1100.0
BODY, GIRTH, HEIGHT = 25.0, 11.0, 45.0
REAR_FRAMES, REARING = 40, 35.0
NOISES = 16


@dataclass(frozen=True)
class Pose:
    """Where a mouse is: centre in pixels, direction and its change, and how far it has risen, 0 to 1."""

    x: float
    y: float
    angle: float
    bend: float
    risen: float

    @property
    def height(self) -> float:
        """Height of its back above the floor, in mm."""
        return HEIGHT + REARING * self.risen


def walk(frames: int, size: tuple[int, int], random: np.random.Generator) -> Iterator[Pose]:
    """Yield the poses of a mouse that stays within the floor of a picture of ``size``, width and height."""
    width, height = size
    x, y, angle, speed, bend, rearing = width / 2, height / 2, 0.3, 3.0, 0.0, 0
    bound = RADIUS * height - 1.2 * BODY * height / 424
    for _ in range(frames):
        bend = 0.8 * bend + random.normal(0, 0.04)
        angle += bend
        speed = float(np.clip(speed + random.normal(0, 0.5), 0, 9)) * (0.4 if rearing else 1)
        ahead_x, ahead_y = x + speed * np.cos(angle), y + speed * np.sin(angle)
        if np.hypot(ahead_x - width / 2, ahead_y - height / 2) > bound:
            angle += 0.5
        else:
            x, y = ahead_x, ahead_y
        rearing = rearing - 1 if rearing else REAR_FRAMES * int(random.random() < 0.006)
        yield Pose(x, y, angle, bend, 0.5 - 0.5 * np.cos(2 * np.pi * rearing / REAR_FRAMES))


def arena(size: tuple[int, int]) -> npt.NDArray[np.float64]:
    """Depths of a bucket with a slightly tilted floor and slanted walls, in mm; 0 where the camera sees nothing."""
    width, height = size
    y, x = np.mgrid[:height, :width].astype(np.float64)
    across, down = x - width / 2, y - height / 2
    away = np.hypot(across, down) / height
    depth = FLOOR + 0.008 * across - 0.005 * down
    wall = (away > RADIUS) & (away <= WALL)
    depth[wall] = FLOOR - WALL_HEIGHT * (away[wall] - RADIUS) / (WALL - RADIUS)
    outside = away > WALL
    depth[outside] = ROOM + 0.2 * x[outside]
    depth[outside & (x < 0.08 * width)] = 0
    return depth


def put_in(depth: npt.NDArray[np.float64], pose: Pose, scale: float) -> None:
    """Raise a mouse from the floor: a body, a head before it, and a tail that follows its turns."""
    reach = 2.6 * BODY * scale
    rows = slice(max(0, int(pose.y - reach)), int(pose.y + reach))
    columns = slice(max(0, int(pose.x - reach)), int(pose.x + reach))
    part = depth[rows, columns]
    y, x = np.mgrid[rows.start : rows.start + part.shape[0], columns.start : columns.start + part.shape[1]]
    cos, sin = np.cos(pose.angle), np.sin(pose.angle)
    along = ((x - pose.x) * cos + (y - pose.y) * sin) / scale
    aside = (-(x - pose.x) * sin + (y - pose.y) * cos) / scale
    length = BODY * (1 - 0.4 * pose.risen)
    body = 1 - (along / length) ** 2 - (aside / GIRTH) ** 2
    head = 1 - ((along - 0.85 * length) / 9) ** 2 - (aside / 7) ** 2
    tail = (
        (along < -length)
        & (along > -length - 30)
        & (np.abs(aside - 40 * pose.bend * np.sin((along + length) / 15)) < 2)
    )
    heights = pose.height * np.sqrt(np.maximum(body, 0))
    heights = np.maximum(heights, 0.75 * pose.height * np.sqrt(np.maximum(head, 0)))
    part -= np.maximum(heights, np.where(tail, 12.0, 0))


def make_frames(
    poses: Iterator[Pose],
    size: tuple[int, int],
    random: np.random.Generator,
    *,
    noise: float,
    empty: int,
    chunk: int = 64,
) -> Iterator[Frame]:
    """Yield chunks of frames, uint16 (frames, rows, columns), mm; the first ``empty`` ones are without a mouse."""
    still, scale = arena(size), size[1] / 424
    noises = [random.normal(0, noise, still.shape) for _ in range(NOISES)]
    made: list[Frame] = []
    for number, pose in enumerate(poses):
        depth = still.copy()
        if number >= empty:
            put_in(depth, pose, scale)
        depth += np.roll(noises[number % NOISES], number // NOISES, axis=1)
        depth[still == 0] = 0
        made.append(np.rint(np.maximum(depth, 0)).astype(np.uint16))
        if len(made) == chunk:
            yield np.stack(made)
            made = []
    if made:
        yield np.stack(made)


def make(
    directory: Path, frames: int, seed: int, *, noise: float, empty: int, size: tuple[int, int], form: str
) -> None:
    """Write a session."""
    directory.mkdir(parents=True, exist_ok=True)
    poses = list(walk(frames, size, np.random.default_rng([seed, 1])))
    chunks = make_frames(iter(poses), size, np.random.default_rng([seed, 2]), noise=noise, empty=empty)
    recording = directory / ("depth.avi" if form == "avi" else "depth.dat")
    write_frames(chunks, recording, size[::-1], fps=30, threads=2, overwrite=True)
    noted = {
        "SubjectName": f"mouse-{seed:02d}",
        "SessionName": f"open field {seed}",
        "NidaqChannels": 0,
        "NidaqSamplingRate": 0.0,
        "DepthResolution": [*size],
        "ColorDataType": "Byte[]",
        "DepthDataType": "UInt16[]",
        "IsLittleEndian": True,
        "StartTime": f"2024-03-{seed % 28 + 1:02d}T13:14:15.0000000-05:00",
    }
    (directory / "metadata.json").write_text(json.dumps(noted, indent=1) + "\n")
    (directory / "depth_ts.txt").write_text("".join(f"{1000 + 1000 * number / 30:.4f} 0\n" for number in range(frames)))
    truth = [f"{p.x:.3f},{p.y:.3f},{p.angle:.4f},{p.height:.2f}\n" for p in poses]
    (directory / "truth.csv").write_text("x,y,angle,height\n" + "".join(truth))


def pack(directory: Path) -> None:
    """Put a session into an archive of its name, and remove its directory; all times in it are 0."""

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.mtime = member.uid = member.gid = 0
        member.uname = member.gname = ""
        return member

    files = ("metadata.json", "depth_ts.txt", "depth.dat")
    with tarfile.open(directory.with_name(f"{directory.name}.tar.gz"), "w:gz", compresslevel=9) as archive:
        for name in files:
            archive.add(directory / name, name, filter=plain)
    for path in directory.iterdir():
        path.unlink()
    directory.rmdir()


def main() -> None:
    """Make what the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--frames", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--noise", type=float, default=1.5, help="standard deviation in mm")
    parser.add_argument("--empty", type=int, default=0, help="frames without a mouse at the beginning")
    parser.add_argument("--size", type=int, nargs=2, default=(512, 424), metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--format", choices=("dat", "avi", "tar.gz"), default="dat")
    given = parser.parse_args()
    size = (given.size[0], given.size[1])
    make(
        given.directory,
        given.frames,
        given.seed,
        noise=given.noise,
        empty=given.empty,
        size=size,
        form=given.format,
    )
    if given.format == "tar.gz":
        pack(given.directory)


if __name__ == "__main__":
    main()
