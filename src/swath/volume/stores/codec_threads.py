"""The threads that compress blocks: as many as processors, shared by all that write in this process."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from swath.engine.executors import cpu_count

T = TypeVar("T")
R = TypeVar("R")


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(cpu_count(), thread_name_prefix="swath-codec")


def in_order(task: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """Do a task for each item in the codec threads, a few ahead, and yield the results in order.

    A task must not call this itself: it would wait for the thread that it runs in.
    """
    ahead: deque[Future[R]] = deque()
    try:
        for item in items:
            ahead.append(_pool().submit(task, item))
            if len(ahead) > 2 * cpu_count():
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        for future in ahead:
            future.cancel()
