"""The whole extraction of a recording: frames in, aligned crops and scalars out, in blocks of bounded size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

from swath.depth.align import Aligned, Results, align, flipped, measured
from swath.depth.arena import Arena
from swath.depth.blocks import Cleaned, Found, in_order
from swath.depth.flips import Classifier, load_classifier
from swath.depth.prepare import Preparation
from swath.depth.raw_frames import UInt16s
from swath.depth.recording import Recording, chunk_ranges
from swath.depth.settings import Settings
from swath.depth.steps import Track, mouse_found, smoothed_in_time, track_of, without_jumps, without_outliers
from swath.depth.tracking import Tracker
from swath.depth.tracks import smoothed_by_likelihood

BLOCK = 64
"""Most frames that one task works on; nothing depends on it."""


def frame_range(settings: Settings, count: int) -> tuple[int, int]:
    """Give the first frame and the end of what is extracted of ``count`` frames.

    A number of frames cuts first, then ``frame_trim`` at both ends; a trim that leaves nothing is passed over.
    """
    count = count if settings.num_frames is None else min(count, settings.num_frames)
    before, after = settings.frame_trim
    first = before if 0 < before < count else 0
    return first, count - after if after > 0 and first < count - after else count


def extract_frames(recording: Recording, arena: Arena, settings: Settings, *, workers: int = 2) -> Iterator[Results]:
    """Yield the results of a recording's frames, in order, each frame once, in blocks of at most a few hundred.

    Unless compat, they do not depend on ``chunk_size``: angles, filters and velocities run through the recording.
    Raises InputError for frames that cannot be read, and for a classifier that is of another size.
    """
    classifier = load_classifier(settings.flip_classifier) if settings.flip_classifier else None
    with ThreadPoolExecutor(workers) as pool:
        extraction = _Extraction(arena, settings, Preparation.of(arena, settings), classifier, pool, workers)
        chunks = _chunk_by_chunk if settings.compat else _straight_through
        yield from chunks(extraction, recording, *frame_range(settings, recording.count))


@dataclass(frozen=True)
class _Extraction:
    """What all blocks share."""

    arena: Arena
    settings: Settings
    preparation: Preparation
    classifier: Classifier | None
    pool: Executor
    workers: int

    def prepared(self, recording: Recording, cuts: list[int]) -> Iterator[Cleaned]:
        """Read the frames from each cut to the next, and do with them what needs no other frames."""
        read = zip(cuts, recording.frames.pieces(cuts), strict=False)
        return in_order(self.pool, self._prepare, read, self.workers + 1)

    def _prepare(self, piece: tuple[int, UInt16s]) -> Cleaned:
        block = self.preparation.heights(*piece)
        alone = not (self.settings.use_tracking_model or self.preparation.cleaner.temporal)
        return self.preparation.find_mouse(block) if alone else block

    def tracked(self, blocks: Iterable[Cleaned], tracker: Tracker | None) -> Iterator[Found]:
        """Do with prepared blocks what looks at frames in order."""
        temporal = self.preparation.cleaner.temporal
        if temporal:
            blocks = smoothed_in_time(blocks, temporal, compat=self.settings.compat)
        found = mouse_found(blocks, self.preparation, self.settings, tracker)
        return without_outliers(without_jumps(found), self.settings)

    def finished(self, blocks: Iterable[Found]) -> Iterator[Results]:
        """Align the frames of tracked blocks, and measure them."""
        aligned: Iterator[Aligned] = in_order(
            self.pool, partial(align, settings=self.settings), blocks, self.workers + 1
        )
        facing = flipped(aligned, self.settings, self.classifier)
        return measured(facing, self.settings, self.arena.true_depth)

    def run(self, blocks: Callable[[], Iterable[Cleaned]], tracker: Tracker | None) -> Iterator[Results]:
        """Extract a series of frames that belong together; ``blocks`` gives them anew at each call.

        Smoothing by likelihood looks at all frames, so that they are gone through twice.
        """
        if not self.settings.smooths_tracks:
            return self.finished(self.tracked(blocks(), tracker))
        track = track_of(self.tracked(blocks(), tracker))
        clips = self.settings.model_smoothing_clips
        smooth = replace(track, features=smoothed_by_likelihood(track.features, track.model.likelihood, clips))
        return self.finished(self._along(smooth, blocks()))

    def _along(self, track: Track, blocks: Iterable[Cleaned]) -> Iterator[Found]:
        """Give prepared blocks the track that is known of their frames."""
        temporal = self.preparation.cleaner.temporal
        for block in smoothed_in_time(blocks, temporal, compat=self.settings.compat):
            known = track[block.start - track.start : block.end - track.start]
            found = self.preparation.find_mouse(block)
            yield replace(found, flags=known.flags, features=known.features, model=known.model)


def _straight_through(extraction: _Extraction, recording: Recording, first: int, end: int) -> Iterator[Results]:
    """Extract the frames as one series."""
    settings = extraction.settings
    cuts = [*range(first, end, BLOCK), end]
    tracker = Tracker.of(settings) if settings.use_tracking_model else None
    return extraction.run(lambda: extraction.prepared(recording, cuts), tracker)


def _chunk_by_chunk(extraction: _Extraction, recording: Recording, first: int, end: int) -> Iterator[Results]:
    """Extract each chunk as a series of its own, as moseq2-extract does.

    A chunk after the first begins with the last frames of the one before, whose results are dropped. The tracking model
    goes on from the frame before these.
    """
    settings = extraction.settings
    overlap = settings.chunk_overlap
    tracker = Tracker.of(settings) if settings.use_tracking_model else None
    ranges = chunk_ranges(first, end, settings.chunk_size, overlap)
    news = [(begin if begin == first else begin + overlap, last) for begin, last in ranges]
    cuts = [cut for begin, last in news for cut in range(begin, last, BLOCK)]
    prepared = extraction.prepared(recording, [*cuts, end]) if cuts else iter(())
    held = _Tail(overlap)
    for begin, last in news:
        series = chain(held.kept(), held.watch(_until(prepared, last)))
        if settings.smooths_tracks:
            blocks: Iterable[Cleaned] = list(series)
        else:
            blocks = series
        for results in extraction.run(lambda blocks=blocks: blocks, tracker):  # type: ignore[misc]
            if results.end > begin:
                yield results[max(begin - results.start, 0) :]
        if tracker is not None:
            tracker.go_back()


def _until(blocks: Iterator[Cleaned], end: int) -> Iterator[Cleaned]:
    """Take blocks up to the one that ends with a chunk."""
    for block in blocks:
        yield block
        if block.end == end:
            return


class _Tail:
    """Keeps the last frames of the blocks that pass."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._last: Cleaned | None = None

    def kept(self) -> list[Cleaned]:
        return [] if self._last is None else [self._last]

    def watch(self, blocks: Iterable[Cleaned]) -> Iterator[Cleaned]:
        for block in blocks:
            if self._length:
                joined = block if self._last is None else self._last.followed_by(block)
                self._last = joined[max(len(joined) - self._length, 0) :]
            yield block
