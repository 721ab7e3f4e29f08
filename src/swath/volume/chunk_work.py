"""Work on the chunks of a view, by any executor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from swath.engine.executors import cpu_count
from swath.volume.errors import AgreementError
from swath.volume.geometry import Vec3Int

if TYPE_CHECKING:
    from swath.volume.view import View

T = TypeVar("T")
R = TypeVar("R")


@contextmanager
def _workers(executor: Executor | None) -> Iterator[Executor]:
    """Give the executor that was passed, or threads of this process, which end with the work."""
    if executor is not None:
        yield executor
        return
    with ThreadPoolExecutor(cpu_count(), thread_name_prefix="swath-volume") as threads:
        yield threads


def do_all(task: Callable[[T], R], items: Iterable[T], executor: Executor | None = None) -> list[R]:
    """Do a task for each item, and give the results in order; raises the first error once nothing is running.

    ``executor`` is any that has ``submit``, as those of ``concurrent.futures`` and Dask; threads if None.
    """
    with _workers(executor) as workers:
        futures = [workers.submit(task, item) for item in items]
        try:
            return [future.result() for future in futures]
        finally:
            for future in futures:
                future.cancel()


def _shape_of_chunks(view: View, chunk_shape: Any) -> Vec3Int:
    """Give the shape of chunks in finest voxels; raises AgreementError where two chunks would share what is written."""
    info, mag = view.info, view.mag.to_vec3_int()
    unit = (info.chunk_shape if view.read_only else info.shard_shape) * mag
    if chunk_shape is None:
        return info.shard_shape * mag
    shape = Vec3Int.from_vec_or_int(chunk_shape)
    if any(shape % unit) and not (view.read_only and not any(shape % mag)):
        raise AgreementError(f"the chunk shape {shape} is no multiple of {unit}", "give a multiple, in finest voxels")
    return shape


def _chunks(view: View, chunk_shape: Any) -> list[View]:
    shape = _shape_of_chunks(view, chunk_shape)
    return list(view.chunk(shape, shape, view.read_only))


def each_chunk(
    view: View, task: Callable[[tuple[View, int]], None], chunk_shape: Any, executor: Executor | None, _: str | None
) -> None:
    """Call a task with each chunk of a view and its number."""
    do_all(task, [(chunk, number) for number, chunk in enumerate(_chunks(view, chunk_shape))], executor)


def map_chunks(
    view: View, task: Callable[[View], R], chunk_shape: Any, executor: Executor | None, _: str | None
) -> list[R]:
    """Give the results of a task for each chunk of a view."""
    return do_all(task, _chunks(view, chunk_shape), executor)


def zipped_chunks(
    source: View,
    task: Callable[[tuple[View, View, int]], None],
    target: View,
    source_shape: Any,
    target_shape: Any,
    executor: Executor | None,
    _: str | None,
) -> None:
    """Call a task with each chunk of one view, its like in another and their number."""
    source_shape = Vec3Int.from_vec_or_int(source_shape or source.info.shard_shape * source.mag.to_vec3_int())
    target_shape = Vec3Int.from_vec_or_int(target_shape or target.info.shard_shape * target.mag.to_vec3_int())
    ours: Sequence[View] = list(source.chunk(source_shape, source_shape, read_only=True))
    theirs: Sequence[View] = list(target.chunk(target_shape, target_shape))
    if len(ours) != len(theirs):
        raise AgreementError(f"{len(ours)} chunks of the source do not go with {len(theirs)} of the target")
    triples = [(mine, other, number) for number, (mine, other) in enumerate(zip(ours, theirs, strict=True))]
    do_all(task, triples, executor)
