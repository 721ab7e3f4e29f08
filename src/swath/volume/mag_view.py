"""A whole mag of a layer."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swath.volume.errors import ArgumentError, ArrayError
from swath.volume.geometry import BoundingBox, NDBoundingBox
from swath.volume.properties import MagProperties
from swath.volume.regions import Region
from swath.volume.stores.unread_store import UnreadStore
from swath.volume.view import View, Voxels

if TYPE_CHECKING:
    from swath.engine.run import Running
    from swath.volume.layer import Layer


class MagView(View):
    """A mag of a layer: a view of the layer's whole box, aligned with the mag.

    A mag whose array lies outside the layer's folder is read-only.
    """

    def __init__(self, layer: Layer, properties: MagProperties) -> None:
        self._layer = layer
        self._properties = properties
        self._normalized: tuple[BoundingBox, NDBoundingBox] | None = None
        store = layer.dataset.open_array(layer, properties, _axes(layer, properties))
        super().__init__(store, properties.mag, BoundingBox.empty(), layer.num_channels)

    @property
    def layer(self) -> Layer:
        """The layer that it is of."""
        return self._layer

    @property
    def name(self) -> str:
        """The short name of the mag, such as ``2-2-1``."""
        return str(self.mag)

    @property
    def bounding_box(self) -> Any:
        """The layer's box, in finest voxels, enlarged to whole voxels of the mag."""
        return self._layer.bounding_box.align_with_mag(self.mag, ceil=True)

    @property
    def normalized_bounding_box(self) -> NDBoundingBox:
        """Its box along the axes of arrays that are read, channels included."""
        said = self._layer.properties.bounding_box
        if self._layer.additional_axes:
            return super().normalized_bounding_box
        if self._normalized is None or self._normalized[0] is not said:
            self._normalized = (said, super().normalized_bounding_box)
        return self._normalized[1]

    @property
    def channel_index(self) -> int:
        """The channel of the array that is the layer's first; others of it may be those of other layers."""
        return self._properties.channel_index or 0

    @property
    def is_shared(self) -> bool:
        """Whether its array holds channels that are not the layer's."""
        return bool(self.info.num_channels != self.num_channels)

    @property
    def is_foreign(self) -> bool:
        """Whether its array lies outside the folder of its layer, or that folder is a link to another dataset's."""
        return _parent(self.path) != _resolved(self._layer.dataset.path) / self._layer.name

    @property
    def read_only(self) -> bool:
        """Whether it refuses to be written."""
        return self._layer.read_only or isinstance(self._store, UnreadStore) or self.is_foreign

    def write(
        self,
        data: Voxels,
        *,
        allow_resize: bool = False,
        allow_unaligned: bool = False,
        relative_offset: Any = None,
        absolute_offset: Any = None,
        relative_bounding_box: NDBoundingBox | None = None,
        absolute_bounding_box: NDBoundingBox | None = None,
    ) -> None:
        """Write as ``View.write``; with ``allow_resize`` the layer's box grows to hold what is written.

        Raises ArgumentError for a box outside the layer's without ``allow_resize``.
        """
        region = Region(relative_offset, absolute_offset, None, relative_bounding_box, absolute_bounding_box)
        data, box = self._place(data, region)
        if not self.normalized_bounding_box.contains_bbox(box):
            if not allow_resize:
                raise ArgumentError(
                    f"the box {box} lies outside the box {self.bounding_box} of the layer", "pass allow_resize=True"
                )
            self._layer.extend_bounding_box(box)
        self._check_alignment(box, allow_unaligned=allow_unaligned)
        self._write_voxels(box.in_mag(self.mag), data)
        self._layer.note_values(data)

    def get_bounding_boxes_on_disk(self) -> Iterator[Any]:
        """Yield the box of every file of the array, in finest voxels."""
        for shard in self._store.shards():
            box = shard.from_mag_to_mag1(self.mag)
            further = any(axis not in "cxyz" for axis in box.axes)
            yield box.over(self.bounding_box.axes, {}) if further else BoundingBox(box.topleft_xyz, box.size_xyz)

    def get_views_on_disk(self, read_only: bool | None = None) -> Iterator[View]:
        """Yield a view of what lies of the layer's box in every file of the array."""
        for box in self.get_bounding_boxes_on_disk():
            inside = box.intersected_with(self.bounding_box, dont_assert=True)
            if not inside.is_empty():
                yield self.get_view(absolute_bounding_box=inside, read_only=read_only)

    def merge_with_view(self, other: MagView, executor: Executor | None = None) -> None:
        """Write what another mag has on disk over this one, where it is not 0, shard by shard."""
        from swath.volume.merging import merge  # noqa: PLC0415  (it builds on mags)

        merge(self, other, executor)

    def compress(
        self,
        target_path: str | Path | None = None,
        executor: Executor | None = None,
        *,
        codec: Any = None,
        running: Running | None = None,
    ) -> None:
        """Compress in place, or into the layer of the same name of a dataset at ``target_path``.

        Nothing is done where it is compressed already. ``codec`` is ``lz4`` or ``lz4hc`` for WKW. Cut off and called
        again, it goes on where it was. Raises ReadOnlyError for a mag that may not be changed.
        """
        from swath.volume.copying.arrays import compress_in_place  # noqa: PLC0415  (it builds on mags)
        from swath.volume.filling.job import running_with  # noqa: PLC0415

        if target_path is not None:
            self._compress_into(Path(target_path), executor, running, codec)
            return
        compress_in_place(self, running_with(executor, running), codec)

    def rechunk(
        self,
        *,
        chunk_shape: Any = None,
        shard_shape: Any = None,
        chunks_per_shard: Any = None,
        compress: bool = True,
        executor: Executor | None = None,
        running: Running | None = None,
    ) -> None:
        """Write the array anew in place, with other shapes of chunks and shards."""
        from swath.volume.copying.arrays import rechunk_in_place  # noqa: PLC0415  (it builds on mags)
        from swath.volume.filling.job import running_with  # noqa: PLC0415

        running = running_with(executor, running)
        rechunk_in_place(self, chunk_shape, shard_shape, chunks_per_shard, compress=compress, running=running)

    def _compress_into(self, path: Path, executor: Executor | None, running: Running | None, codec: Any) -> None:
        """Write the mag, compressed, into the layer of the same name of a dataset elsewhere."""
        from swath.volume.copying.mags import add_copy_mag  # noqa: PLC0415  (it builds on mags)

        dataset = type(self._layer.dataset)(
            path, voxel_size_with_unit=self._layer.dataset.voxel_size_with_unit, exist_ok=True
        )
        known = dataset.layers.get(self._layer.name) or dataset.add_layer_like(self._layer, self._layer.name)
        add_copy_mag(known, self, compress=True, codec=codec, executor=executor, running=running)

    def grow(self) -> None:
        """Make room in the array for the layer's box."""
        if self.read_only or self.info.shape is None:
            return
        end = self.normalized_bounding_box.in_mag(self.mag).over(self._store.axes, {})
        self._store.grow(end.bottomright)

    def _read_voxels(self, box: NDBoundingBox) -> Voxels:
        self._check_form()
        return super()._read_voxels(box)

    def _write_voxels(self, box: NDBoundingBox, data: Voxels) -> None:
        self._check_form()
        super()._write_voxels(box, data)

    def _check_form(self) -> None:
        """Raise ArrayError where the array is not what the properties file says of the layer."""
        form, layer = self.info, self._layer
        if form.dtype != layer.dtype or form.num_channels < self._channels()[1]:
            raise ArrayError(
                f"{self.path} holds {form.num_channels} channels of {form.dtype.name}, but its layer {layer.name} "
                f"is said to have {layer.num_channels} of {layer.dtype.name}",
                "mend the properties file",
            )

    def _channels(self) -> tuple[int, int]:
        return self.channel_index, self.channel_index + self._num_channels

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MagView) and (self.path, self.mag) == (other.path, other.mag)

    def __hash__(self) -> int:
        return hash((self.path, self.mag))

    def __repr__(self) -> str:
        return f"MagView(name={self.name!r}, bounding_box={self.bounding_box})"


def _axes(layer: Layer, properties: MagProperties) -> tuple[str, ...] | None:
    """Give the order of an array's axes, where the properties file says it."""
    if properties.axis_order is None:
        return None
    places = dict(properties.axis_order) | {axis.name: axis.index for axis in layer.additional_axes}
    return tuple(sorted(places, key=lambda axis: places[axis]))


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # a link that leads to itself
        return path.absolute()


def _parent(folder: Path) -> Path:
    """Give the folder that an array lies in, links followed, but for one that is the array's own folder."""
    return _resolved(folder).parent
