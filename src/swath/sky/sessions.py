"""The second pass: the frames of each directory make a session, with the master dark of its dark frames."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import pyarrow as pa

from swath.engine.job import Chunk, Result
from swath.engine.shuffle import BucketStage, read_bucket
from swath.engine.staging import Staging
from swath.sky.measure import BUCKETS, MEASURED
from swath.sky.rejects import FrameError, Reject, rejects_frame
from swath.sky.statistics import rounded
from swath.sky.subtract import SIGNALS
from swath.sky.tables import BRIGHTNESS, FRAMES, MASTER_DARKS, SKY_TABLES
from swath.tables import Table

Row = dict[str, Any]
Key = tuple[str, str]


@dataclass(frozen=True)
class SessionStage(BucketStage):
    """Makes the tables of the sessions in a bucket."""

    name = "sessions"
    source = MEASURED
    buckets = BUCKETS

    def chunk_memory(self) -> int:
        """Rows of a bucket; the frames themselves are no longer needed."""
        return 128 << 20

    def group(self, frame: pa.Table, chunk: Chunk, staging: Staging) -> Result:
        """Make the rows of every directory of the bucket."""
        signals = _signals(staging, int(chunk.payload["bucket"]))
        measured = sorted((json.loads(text) for text in frame[MEASURED].to_pylist()), key=_place)
        rows: dict[str, list[Row]] = {table.name: [] for table in SKY_TABLES}
        rejects: list[Reject] = []
        for _, group in groupby(measured, key=lambda item: item["frame"]["directory"]):
            kept = _without_copies(group, rejects)
            for name, made in session_rows(kept, signals).items():
                rows[name] += made
        tables = {table.name: _frame(table, rows[table.name]) for table in SKY_TABLES if rows[table.name]}
        counts = {"frames": len(rows[FRAMES.name]), "dark frames": sum(r["type"] == "DARK" for r in rows[FRAMES.name])}
        return Result(tables, rejects=rejects_frame(rejects, chunk.key), counts=counts)


def _signals(staging: Staging, bucket: int) -> dict[str, Row]:
    """What is left of the light frames of a bucket without their master dark frames, by path."""
    frame = read_bucket(staging.scratch / SIGNALS, bucket)
    texts = frame[SIGNALS].to_pylist() if frame is not None else []
    return {made["path"]: made for made in map(json.loads, texts)}


def session_rows(measured: Sequence[Mapping[str, Any]], signals: Mapping[str, Row]) -> dict[str, list[Row]]:
    """Make the rows of one directory's frames, by table.

    ``signals`` are by path those without master dark frames; without any, darks are scalar.
    """
    session = int(min(item["frame"]["time"] for item in measured).translate(str.maketrans("", "", "-:T")))
    darks = [item for item in measured if item["frame"]["type"] == "DARK"]
    masters = master_darks(darks, session)
    frames, brightness = [], []
    for item in measured:
        frame = {**item["frame"], "session": session, "time": datetime.fromisoformat(item["frame"]["time"])}
        made = signals.get(frame["path"])
        frame |= _dark_of(frame, darks, made)
        frames.append(frame)
        brightness += [_subtracted(frame, plane, masters, made) for plane in item["planes"]]
    return {FRAMES.name: frames, BRIGHTNESS.name: brightness, MASTER_DARKS.name: [*masters.values()]}


def master_darks(darks: Iterable[Mapping[str, Any]], session: int) -> dict[Key, Row]:
    """Average the dark frames of a session, by region and plane.

    The mean is that of the means, rounded to 0.1, without the bias; the variance that of the variances, rounded to
    0.01. Source: AZOTEA 0.3.16.
    """
    made: dict[Key, list[tuple[Row, Row]]] = {}
    for item in darks:
        for plane in item["planes"]:
            made.setdefault((plane["region"], plane["plane"]), []).append((item["frame"], plane))
    return {key: _master(key, pairs, session) for key, pairs in made.items()}


def _master(key: Key, pairs: Sequence[tuple[Row, Row]], session: int) -> Row:
    exposures = [frame["exposure"] for frame, _ in pairs if frame["exposure"] is not None]
    return {
        "observer": pairs[0][0]["observer"],
        "session": session,
        "directory": pairs[0][0]["directory"],
        "region": key[0],
        "plane": key[1],
        "darks": len(pairs),
        "mean": math.fsum(rounded(plane["mean"], 1) - frame["bias"] for frame, plane in pairs) / len(pairs),
        "variance": math.fsum(rounded(plane["variance"], 2) for _, plane in pairs) / len(pairs),
        "min_exposure": min(exposures, default=None),
        "max_exposure": max(exposures, default=None),
    }


def _dark_of(frame: Row, darks: Sequence[Mapping[str, Any]], made: Row | None) -> Row:
    """Which dark frames a frame got: their number, in words, and a hash of them."""
    if frame["type"] != "LIGHT":
        return {"darks": 0, "dark": None, "dark_hash": None}
    if made is not None:
        number = int(made["dark"].split()[0]) if made["dark_hash"] else 0
        return {"darks": number, "dark": made["dark"], "dark_hash": made["dark_hash"]}
    said = f"{len(darks)} of the session, whatever their ISO and exposure" if darks else "no dark frames in the session"
    return {"darks": len(darks), "dark": said, "dark_hash": None}


def _subtracted(frame: Row, plane: Row, masters: Mapping[Key, Row], made: Row | None) -> Row:
    if made is not None:
        return _subtracted_by_pixel(frame, plane, made)
    master = masters.get((plane["region"], plane["plane"])) if frame["type"] == "LIGHT" else None
    dark_mean, dark_variance = (master["mean"], master["variance"]) if master else (0.0, 0.0)
    shared = {name: frame[name] for name in ("observer", "night", "session", "path", "time", "type")}
    return {
        **shared,
        **plane,
        "dark_mean": dark_mean,
        "dark_variance": dark_variance,
        "signal": rounded(plane["mean"], 1) - frame["bias"] - dark_mean,
        "signal_variance": rounded(plane["variance"], 2) + dark_variance,
    }


def _subtracted_by_pixel(frame: Row, plane: Row, made: Row) -> Row:
    """A row of a light frame without its master dark frame; one that got none keeps its whole signal."""
    shared = {name: frame[name] for name in ("observer", "night", "session", "path", "time", "type")}
    key = plane["region"], plane["plane"]
    found = next((s for s in made["planes"] if (s["region"], s["plane"]) == key), None)
    bare = {"signal": plane["mean"] - frame["bias"], "signal_variance": plane["variance"]}
    return {**shared, **plane, **(found or {"dark_mean": 0.0, "dark_variance": 0.0, **bare})}


def _without_copies(group: Iterable[Row], rejects: list[Reject]) -> list[Row]:
    """Keep the first by name of the files of one content, and set the others aside."""
    first: dict[str, Row] = {}
    for item in group:
        frame = item["frame"]
        kept = first.setdefault(frame["hash"], item)
        if kept is not item:
            error = FrameError("copy of another frame", f"the same content as {kept['frame']['name']}")
            rejects.append(Reject(frame["path"], len(rejects), error))
    return list(first.values())


def _place(item: Row) -> tuple[str, str]:
    return item["frame"]["directory"], item["frame"]["name"]


def _frame(table: Table, rows: Sequence[Row]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=table.schema)
