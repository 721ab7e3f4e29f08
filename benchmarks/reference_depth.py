"""The numeric path of moseq2-extract 1.2.0 in NumPy and OpenCV, stage by stage: what swath depth is measured against.

The peer itself installs on Python 3.7 alone. It takes whole chunks through float64 and through every stage, looks for a
largest component of the whole picture, colours the film with matplotlib, and compresses with gzip; an encoder works
beside it, as the peer's child process does.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import av
import cv2
import h5py
import matplotlib
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.generic]

LOW, HIGH, CROP, CHUNK = 10, 120, 80, 1000
SCALARS = 17
TAIL = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))


@dataclass
class Reference:
    """An extraction by the peer's path; ``seconds`` are those of each stage."""

    path: Path
    background: npt.NDArray[np.float64]
    roi: npt.NDArray[np.bool]
    true_depth: float
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time of what is done within to a stage's."""
        start = time.perf_counter()
        yield
        self.seconds[name] += time.perf_counter() - start

    def extract(self, frames: int, out: Path, *, film: bool = True) -> float:
        """Extract the first frames into a results file and a film; give the seconds that all took."""
        start = time.perf_counter()
        with h5py.File(out / "reference.h5", "w") as file, _encoder(out / "reference.mp4", film) as show:
            for name in ("frames", "frames_mask"):
                file.create_dataset(
                    name, (frames, CROP, CROP), np.uint8 if name == "frames" else np.bool, compression="gzip"
                )
            for number in range(SCALARS):
                file.create_dataset(f"scalars/{number}", (frames,), np.float32, compression="gzip")
            for first in range(0, frames, CHUNK):
                self._chunk(first, min(first + CHUNK, frames), file, show)
        return time.perf_counter() - start

    def _chunk(self, first: int, end: int, file: h5py.File, show) -> None:
        rows, columns = self.background.shape
        with self.stage("read"):
            raw = np.fromfile(self.path, "<u2", (end - first) * rows * columns, offset=2 * first * rows * columns)
            raw = raw.reshape(-1, rows, columns)
        with self.stage("heights"):
            chunk = ((self.background - raw) * (raw != 0)).astype(np.int64).astype(np.uint8)
            chunk[chunk < LOW] = 0
            chunk[chunk > HIGH] = 0
            chunk = self._in_roi(chunk * self.roi)
        with self.stage("clean"):
            cleaned = np.stack([cv2.morphologyEx(cv2.medianBlur(f, 3), cv2.MORPH_OPEN, TAIL) for f in chunk])
        with self.stage("features"):
            masks = np.zeros(cleaned.shape, np.uint8)
            features = np.array([_features(frame, mask) for frame, mask in zip(cleaned, masks, strict=True)])
            features[:, 2] = np.unwrap(2 * features[:, 2]) / 2
        with self.stage("align"):
            crops, clean_crops, mask_crops = (_aligned(which, features) for which in (chunk, cleaned, masks))
        with self.stage("scalars"):
            scalars = _scalars(clean_crops, features, self.true_depth)
        with self.stage("HDF5"):
            file["frames"][first:end] = crops
            file["frames_mask"][first:end] = mask_crops
            for number, values in enumerate(scalars):
                file[f"scalars/{number}"][first:end] = values
        with self.stage("film"):
            show(first, chunk, crops)

    def _in_roi(self, chunk: Array) -> Array:
        y, x = np.nonzero(self.roi)
        return chunk[:, y.min() : y.max(), x.min() : x.max()]


def _features(frame: Array, mask: Array) -> list[float]:
    above = (frame > LOW).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats((frame >= 0).astype(np.uint8), connectivity=4)
    mask[:] = above & (labels == stats[1:, cv2.CC_STAT_AREA].argmax() + 1)
    contours, _ = cv2.findContours(mask, cv2.RETR_TREE, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return [np.nan] * 5
    moments = cv2.moments(contours[int(np.argmax([cv2.contourArea(contour) for contour in contours]))])
    if not moments["m00"]:
        return [np.nan] * 5
    spread, both = moments["mu20"] - moments["mu02"], moments["mu20"] + moments["mu02"]
    common = np.sqrt(4 * moments["mu11"] ** 2 + spread**2)
    return [
        moments["m10"] / moments["m00"],
        moments["m01"] / moments["m00"],
        -0.5 * np.arctan2(2 * moments["mu11"], spread),
        2 * np.sqrt(2) * np.sqrt((both + common) / moments["m00"]),
        2 * np.sqrt(2) * np.sqrt((both - common) / moments["m00"]),
    ]


def _aligned(frames: Array, features: Array) -> Array:
    out = np.zeros((len(frames), CROP, CROP), frames.dtype)
    for number, (x, y, angle, *_) in enumerate(features):
        if np.isnan(x):
            continue
        padded = np.pad(frames[number], CROP)
        top, left = int(y - CROP / 2) + CROP, int(x - CROP / 2) + CROP
        turn = cv2.getRotationMatrix2D((CROP // 2, CROP // 2), -np.rad2deg(angle), 1)
        out[number] = cv2.warpAffine(padded[top : top + CROP, left : left + CROP], turn, (CROP, CROP))
    return out


def _scalars(crops: Array, features: Array, true_depth: float) -> list[Array]:
    inside = (crops > LOW) & (crops < HIGH)
    area = inside.sum(axis=(1, 2))
    height = np.array([frame[mask].mean() if mask.any() else 0 for frame, mask in zip(crops, inside, strict=True)])
    steps = np.diff(features[:, :2], axis=0, prepend=features[:1, :2])
    speed = np.hypot(*steps.T)
    scaled = features[:, :2] * true_depth / 410
    made = [*features.T, *scaled.T, area, height, speed, speed * true_depth / 410, np.arctan2(*steps.T)]
    return (made * 2)[:SCALARS]


@contextmanager
def _encoder(path: Path, wanted: bool) -> Iterator:
    """Give what paints chunks and hands them to an encoder that works beside."""
    if not wanted:
        yield lambda *_: None
        return
    jet = matplotlib.colormaps["jet"]
    with av.open(str(path), "w") as container, ThreadPoolExecutor(1) as beside:
        stream = container.add_stream("h264", rate=30)
        stream.pix_fmt = "yuv444p"
        under_way = []

        def encode(picture: Array) -> None:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))

        def show(first: int, chunk: Array, crops: Array) -> None:
            height, width = (side + CROP + (side + CROP) % 2 for side in chunk.shape[1:])
            stream.height, stream.width = height, width
            canvas = np.zeros((len(chunk), height, width), np.uint16)
            canvas[:, CROP : CROP + chunk.shape[1], CROP : CROP + chunk.shape[2]] = chunk
            canvas[:, :CROP, :CROP] = crops
            for number, frame in enumerate(canvas):
                shown = np.clip((frame.astype(np.float32) - LOW) / (HIGH - LOW), 0, 1)
                picture = (jet(shown)[..., :3] * 255).astype(np.uint8)
                where = (5, width - 40)
                cv2.putText(
                    picture, str(first + number), where, cv2.FONT_HERSHEY_SIMPLEX, 1, (255,) * 3, 2, cv2.LINE_AA
                )
                under_way.append(beside.submit(encode, picture))
                if len(under_way) > 100:
                    under_way.pop(0).result()

        yield show
        for task in under_way:
            task.result()
        container.mux(stream.encode(None))
