"""What a run would do, without doing it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from swath.engine.job import Job, Stage
from swath.engine.memory import default_budget, projected
from swath.engine.run import Running, fit
from swath.tables import QUARANTINE, Table


@dataclass(frozen=True)
class StagePlan:
    """A stage's name and number of chunks; None where it shows only while the work goes on."""

    name: str
    chunks: int | None


@dataclass(frozen=True)
class Plan:
    """Stages, workers after the memory budget, bytes of memory by plan and of the budget, and the tables."""

    stages: tuple[StagePlan, ...]
    executor: str
    workers: int
    memory: int
    budget: int
    tables: tuple[Table, ...]

    def columns(self) -> list[dict[str, str]]:
        """One record a column of every table."""
        return [
            {
                "table": table.name,
                "column": c["name"],
                "dtype": c["dtype"],
                "unit": c["unit"],
                "meaning": c["meaning"],
            }
            for table in self.tables
            for c in table.describe()
        ]

    def as_json(self) -> dict[str, Any]:
        """The plan as plain JSON values."""
        return {
            "stages": [asdict(stage) for stage in self.stages],
            "executor": self.executor,
            "workers": self.workers,
            "memory": self.memory,
            "budget": self.budget,
            "tables": {table.name: table.describe() for table in self.tables},
        }


def plan(job: Job, running: Running) -> Plan:
    """Plan a run; raises MemoryBudgetError where the budget cannot hold one chunk."""
    for stage in job.stages:
        stage.check()
    workers = fit(job, running)
    largest = max(stage.chunk_memory() for stage in job.stages)
    return Plan(
        tuple(StagePlan(stage.name, _chunks(stage)) for stage in job.stages),
        workers.kind,
        workers.count,
        projected(largest, workers.count, processes=workers.separate),
        running.memory or default_budget(),
        (*job.tables, QUARANTINE),
    )


def _chunks(stage: Stage) -> int | None:
    """Count a stage's chunks as nearly as can be told beforehand; what is to be replaced shows only later."""
    if stage.replaces:
        return None
    buckets = getattr(stage, "buckets", None) if hasattr(stage, "source") else None
    if buckets is not None:
        return int(buckets)
    total, size = stage.total_size(), getattr(stage, "chunk_size", None)
    return None if total is None or size is None else max(1, -(-total // size))
