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
from swath.engine.shuffle import BucketStage
from swath.engine.staging import Staging
from swath.sky.measure import BUCKETS, MEASURED
from swath.sky.rejects import FrameError, Reject, rejects_frame
from swath.sky.statistics import rounded
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

    def group(self, frame: pa.Table, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002  (the engine's signature)
        """Make the rows of every directory of the bucket."""
        measured = sorted((json.loads(text) for text in frame[MEASURED].to_pylist()), key=_place)
        rows: dict[str, list[Row]] = {table.name: [] for table in SKY_TABLES}
        rejects: list[Reject] = []
        for _, group in groupby(measured, key=lambda item: item["frame"]["directory"]):
            kept = _without_copies(group, rejects)
            for name, made in session_rows(kept).items():
                rows[name] += made
        tables = {table.name: _frame(table, rows[table.name]) for table in SKY_TABLES if rows[table.name]}
        counts = {"frames": len(rows[FRAMES.name]), "dark frames": sum(r["type"] == "DARK" for r in rows[FRAMES.name])}
        return Result(tables, rejects=rejects_frame(rejects, chunk.key), counts=counts)


def session_rows(measured: Sequence[Mapping[str, Any]]) -> dict[str, list[Row]]:
    """Make the rows of one directory's frames, by table."""
    session = int(min(item["frame"]["time"] for item in measured).translate(str.maketrans("", "", "-:T")))
    darks = [item for item in measured if item["frame"]["type"] == "DARK"]
    masters = master_darks(darks, session)
    frames, brightness = [], []
    for item in measured:
        frame = {**item["frame"], "session": session, "time": datetime.fromisoformat(item["frame"]["time"])}
        frame["darks"] = len(darks) if frame["type"] == "LIGHT" else 0
        frames.append(frame)
        brightness += [_subtracted(frame, plane, masters) for plane in item["planes"]]
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


def _subtracted(frame: Row, plane: Row, masters: Mapping[Key, Row]) -> Row:
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
