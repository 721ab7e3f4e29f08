"""A layer of a dataset."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from swath.volume.errors import AgreementError, NameTakenError, NoSuchNameError
from swath.volume.geometry import BoundingBox, Mag, NDBoundingBox, Vec3Int
from swath.volume.mag_view import MagView
from swath.volume.paths import path_in_properties
from swath.volume.properties import (
    AdditionalAxis,
    LayerProperties,
    LayerViewConfiguration,
    MagProperties,
)
from swath.volume.properties.element_class import channel_dtype
from swath.volume.properties.transformations import Transformation
from swath.volume.shapes import choose_shapes
from swath.volume.stores import ArrayInfo, create_store
from swath.volume.stores.array_store import Voxels
from swath.volume.stores.zarr_metadata import Zarr3Config

if TYPE_CHECKING:
    from swath.volume.dataset import Dataset


class Layer:
    """A layer: a box of voxels of one dtype, in one or more mags. Got from a dataset, never made by itself."""

    def __init__(self, dataset: Dataset, properties: LayerProperties) -> None:
        self._dataset = dataset
        self._name = properties.name
        self._mags = {each.mag: MagView(self, each) for each in properties.mags}

    @property
    def _properties(self) -> LayerProperties:
        return self._dataset.properties.layer(self._name)

    @property
    def dataset(self) -> Dataset:
        """The dataset that it is of."""
        return self._dataset

    @property
    def path(self) -> Path:
        """Its folder."""
        return self._dataset.path / self._name

    @property
    def name(self) -> str:
        """Its name; to set it renames its folder. Raises ArgumentError for a name that is taken or is none."""
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        self._dataset.rename_layer(self, name)
        self._name = name
        self._mags = {each.mag: MagView(self, each) for each in self._properties.mags}

    @property
    def properties(self) -> LayerProperties:
        """What the properties file says of it."""
        return self._properties

    @property
    def coordinate_transformations(self) -> list[Transformation]:
        """How its coordinates become those of the dataset; to set them saves."""
        return list(self._properties.coordinate_transformations)

    @coordinate_transformations.setter
    def coordinate_transformations(self, transformations: Sequence[Transformation]) -> None:
        self._dataset.check_writable()
        self._properties.coordinate_transformations = list(transformations)
        self._dataset.save()

    @property
    def category(self) -> str:
        """``color`` or ``segmentation``."""
        return self._properties.category

    @property
    def num_channels(self) -> int:
        """Channels of a voxel."""
        return self._properties.num_channels

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of one channel."""
        return channel_dtype(self._properties.element_class, self.num_channels)

    @property
    def dtype_per_channel(self) -> np.dtype[Any]:
        """The dtype of one channel."""
        return self.dtype

    @property
    def dtype_per_layer(self) -> str:
        """The name of all channels together, such as ``uint24``."""
        return self._properties.element_class

    @property
    def data_format(self) -> str:
        """``wkw``, ``zarr`` or ``zarr3``."""
        return self._properties.data_format

    @property
    def read_only(self) -> bool:
        """Whether it refuses to be changed."""
        return self._dataset.read_only

    @property
    def additional_axes(self) -> list[AdditionalAxis]:
        """Axes beyond x, y, z and channels."""
        return self._properties.additional_axes

    @property
    def mags(self) -> dict[Mag, MagView]:
        """Its mags, in the order of the properties file."""
        return dict(self._mags)

    @property
    def bounding_box(self) -> Any:
        """Its box in finest voxels: a BoundingBox, or an NDBoundingBox where it has further axes.

        To set it changes what the layer says; arrays grow where the new box is larger, and data outside stay on disk.
        Raises AgreementError for a negative corner.
        """
        box = self._properties.bounding_box
        axes = self.additional_axes
        if not axes:
            return box
        mags = self._properties.mags
        places = dict(mags[0].axis_order or {}) if mags else {}
        places |= {axis.name: axis.index for axis in axes}
        names = sorted((name for name in places if name != "c"), key=lambda name: places[name])
        names += [axis for axis in "xyz" if axis not in names]
        return box.over(names, {axis.name: axis.bounds for axis in axes})

    @bounding_box.setter
    def bounding_box(self, box: NDBoundingBox) -> None:
        self._dataset.check_writable()
        if not box.topleft_xyz.is_positive():
            raise AgreementError(
                f"Updating the bounding box of layer {self} to {box} failed, "
                "topleft must not contain negative dimensions."
            )
        self._properties.bounding_box = BoundingBox(box.topleft_xyz, box.size_xyz)
        for axis in self.additional_axes:
            if axis.name in box.axes:
                axis.bounds = box.get_bounds(axis.name)
        for mag in self._mags.values():
            mag.grow()
        self._dataset.save()

    def extend_bounding_box(self, box: NDBoundingBox) -> None:
        """Enlarge the layer's box to hold another one."""
        self.bounding_box = self.bounding_box.extended_by(box.over(self.bounding_box.axes, {}))

    def note_values(self, data: Voxels) -> None:
        """Keep what the layer says of its values true after some are written."""

    @property
    def default_view_configuration(self) -> LayerViewConfiguration | None:
        """How it is shown by default."""
        return self._properties.default_view_configuration

    @default_view_configuration.setter
    def default_view_configuration(self, view: LayerViewConfiguration | None) -> None:
        self._dataset.check_writable()
        self._properties.default_view_configuration = view
        self._dataset.save()

    def get_mag(self, mag: Any) -> MagView:
        """Give a mag; raises NoSuchNameError where the layer has it not."""
        wanted = Mag(mag)
        if wanted not in self._mags:
            raise NoSuchNameError(f"The mag {wanted} is not a mag of this layer")
        return self._mags[wanted]

    def get_finest_mag(self) -> MagView:
        """Give the mag of the smallest voxels; raises NoSuchNameError where there is none."""
        if not self._mags:
            raise NoSuchNameError(f"layer {self.name} has no mag")
        return self._mags[min(self._mags)]

    def add_mag(
        self,
        mag: Any,
        chunk_shape: Any = None,
        chunks_per_shard: Any = None,
        compress: Any = True,
        *,
        shard_shape: Any = None,
        codec: Any = None,
    ) -> MagView:
        """Add an empty mag. Shapes are x, y, z in voxels of the mag, powers of two.

        ``codec`` is ``lz4`` or ``lz4hc`` for WKW, ``zstd-1`` to ``zstd-22`` for Zarr, the first if none is given;
        ``compress`` may be a Zarr3Config too. Raises NameTakenError where the mag is there,
        ArgumentError and AgreementError for shapes that the format has not.
        """
        self._dataset.check_writable()
        mag = Mag(mag)
        if mag in self._mags:
            raise NameTakenError(f"Adding mag {mag} failed. There is already a mag with this name")
        info = self.new_array_info(mag, chunk_shape, shard_shape, chunks_per_shard, compress=compress, codec=codec)
        folder = self.path / str(mag)
        create_store(folder, info)
        return self.register_array(mag, folder, info)

    def new_array_info(
        self,
        mag: Mag,
        chunk_shape: Any = None,
        shard_shape: Any = None,
        chunks_per_shard: Any = None,
        *,
        compress: Any = True,
        codec: Any = None,
    ) -> ArrayInfo:
        """Give the form that the array of a new mag gets; arguments and errors as those of ``add_mag``."""
        depth = self.bounding_box.size_xyz.z if self._mags else None
        chunk, shard = choose_shapes(self.data_format, chunk_shape, shard_shape, chunks_per_shard, depth=depth)
        end = self.bounding_box.align_with_mag(mag, ceil=True).in_mag(mag)
        axes = self._new_axes()
        return ArrayInfo(
            data_format=self.data_format,
            dtype=self.dtype,
            num_channels=self.num_channels,
            chunk_shape=chunk,
            shard_shape=shard,
            compressed=bool(compress),
            axes=axes,
            shape=tuple(end.over(axes, {"c": (0, self.num_channels)}).bottomright),
            codec=compress if isinstance(compress, Zarr3Config) else codec,
        )

    def register_array(self, mag: Mag, folder: Path, info: ArrayInfo, channel_index: int | None = None) -> MagView:
        """Enter a mag whose array is of a form into the properties file; the layer's first channel is of an index."""
        edge = info.shard_shape.x if info.data_format == "wkw" else None
        return self.register_mag(mag, folder, cube_length=edge, axes=info.axes, channel_index=channel_index)

    def _new_axes(self) -> tuple[str, ...]:
        """Give the order of axes that a new array is stored in."""
        further = sorted(self.additional_axes, key=lambda axis: axis.index)
        mags = list(self._mags.values())
        return mags[0].axes if mags else (*(axis.name for axis in further), "c", "x", "y", "z")

    def register_mag(
        self,
        mag: Mag,
        folder: Path,
        *,
        cube_length: int | None = None,
        axes: Sequence[str] = ("c", "x", "y", "z"),
        channel_index: int | None = None,
    ) -> MagView:
        """Enter a mag, whose array is in a folder, into the properties file, in place of one that was there."""
        order = {axis: place for place, axis in enumerate(axes) if axis in "cxyz"}
        for axis in self.additional_axes:
            axis.index = list(axes).index(axis.name)
        path = path_in_properties(self._dataset.path, folder)
        properties = MagProperties(mag, path, cube_length, order, channel_index)
        known, before = self._properties.mags, self._mags.get(mag)
        place = next((number for number, each in enumerate(known) if each.mag == mag), len(known))
        properties.unknown = {key: value for each in known[place : place + 1] for key, value in each.unknown.items()}
        known[place : place + 1] = [properties]
        self._mags[mag] = MagView(self, properties)
        self._dataset.save()
        if before is not None and not before.is_foreign and before.path.resolve() != self._mags[mag].path.resolve():
            shutil.rmtree(before.path)  # it had another name, such as 1-1-1
        return self._mags[mag]

    def get_or_add_mag(
        self, mag: Any, chunk_shape: Any = None, chunks_per_shard: Any = None, compress: Any = True, **settings: Any
    ) -> MagView:
        """Give a mag, and add it if it is not there; raises AgreementError where it stands with other settings."""
        wanted = Mag(mag)
        if wanted not in self._mags:
            return self.add_mag(wanted, chunk_shape, chunks_per_shard, compress, **settings)
        view = self._mags[wanted]
        shapes = {"chunk_shape": chunk_shape, "chunks_per_shard": chunks_per_shard}
        for key, shape in (shapes | {"shard_shape": settings.get("shard_shape")}).items():
            if shape is not None and tuple(getattr(view.info, key)) != tuple(Vec3Int.from_vec_or_int(shape)):
                raise AgreementError(f"mag {wanted} of layer {self.name} has {key} {getattr(view.info, key)}")
        return view

    def unregister_mag(self, mag: Mag) -> None:
        """Take a mag out of the properties file; its array stays on disk."""
        del self._mags[mag]
        self._properties.mags.remove(next(each for each in self._properties.mags if each.mag == mag))
        self._dataset.save()

    def delete_mag(self, mag: Any) -> None:
        """Delete a mag, and its array if that is the layer's own; raises NoSuchNameError where there is none."""
        from swath.volume.copying.mags import delete_mag  # noqa: PLC0415  (it builds on layers)

        delete_mag(self, mag)

    def add_copy_mag(self, foreign_mag: MagView | str | Path, **settings: Any) -> MagView:
        """Copy a mag of another layer; settings as those of ``swath.volume.copying.mags.add_copy_mag``."""
        from swath.volume.copying.mags import add_copy_mag  # noqa: PLC0415  (it builds on layers)

        return add_copy_mag(self, foreign_mag, **settings)

    def add_fs_copy_mag(self, foreign_mag: MagView | str | Path, **settings: Any) -> MagView:
        """Copy the files of a mag of another layer, which is of the same format."""
        from swath.volume.copying.mags import add_fs_copy_mag  # noqa: PLC0415  (it builds on layers)

        return add_fs_copy_mag(self, foreign_mag, **settings)

    def add_symlink_mag(
        self, foreign_mag: MagView | str | Path, make_relative: bool = False, **settings: Any
    ) -> MagView:
        """Add a mag of another layer by a symbolic link, absolute or relative to this layer's folder."""
        from swath.volume.copying.mags import add_symlink_mag  # noqa: PLC0415  (it builds on layers)

        return add_symlink_mag(self, foreign_mag, make_relative=make_relative, **settings)

    def add_mag_as_ref(self, foreign_mag: MagView | str | Path, **settings: Any) -> MagView:
        """Add a mag of another layer by its path; it is read-only here."""
        from swath.volume.copying.mags import add_mag_as_ref  # noqa: PLC0415  (it builds on layers)

        return add_mag_as_ref(self, foreign_mag, **settings)

    def downsample(
        self,
        from_mag: Any = None,
        coarsest_mag: Any = None,
        interpolation_mode: str = "default",
        compress: Any = True,
        **settings: Any,
    ) -> None:
        """Add the coarser mags; settings as those of ``swath.volume.downsample.layer.downsample``."""
        from swath.volume.downsample.layer import downsample  # noqa: PLC0415  (it builds on layers)

        mags = {"from_mag": from_mag, "coarsest_mag": coarsest_mag}
        downsample(self, **mags, interpolation_mode=interpolation_mode, compress=compress, **settings)

    def downsample_mag(
        self,
        from_mag: Any,
        target_mag: Any,
        interpolation_mode: str = "default",
        compress: Any = True,
        **settings: Any,
    ) -> None:
        """Make one mag of a finer one; settings as those of ``swath.volume.downsample.layer.downsample_mag``."""
        from swath.volume.downsample.layer import downsample_mag  # noqa: PLC0415  (it builds on layers)

        how = {"interpolation_mode": interpolation_mode, "compress": compress}
        downsample_mag(self, from_mag, target_mag, **how, **settings)

    def downsample_mag_list(
        self,
        from_mag: Any,
        target_mags: Any,
        interpolation_mode: str = "default",
        compress: Any = True,
        **settings: Any,
    ) -> None:
        """Make mags of a finer one; settings as those of ``swath.volume.downsample.layer.downsample_mag_list``."""
        from swath.volume.downsample.layer import downsample_mag_list  # noqa: PLC0415  (it builds on layers)

        how = {"interpolation_mode": interpolation_mode, "compress": compress}
        downsample_mag_list(self, from_mag, target_mags, **how, **settings)

    def redownsample(self, interpolation_mode: str = "default", compress: Any = True, **settings: Any) -> None:
        """Make the coarser mags anew; settings as those of ``swath.volume.downsample.layer.redownsample``."""
        from swath.volume.downsample.layer import redownsample  # noqa: PLC0415  (it builds on layers)

        redownsample(self, interpolation_mode=interpolation_mode, compress=compress, **settings)

    def upsample(self, from_mag: Any, finest_mag: Any = 1, compress: Any = True, **settings: Any) -> None:
        """Add finer mags by repeating voxels; settings as those of ``swath.volume.downsample.layer.upsample``."""
        from swath.volume.downsample.layer import upsample  # noqa: PLC0415  (it builds on layers)

        upsample(self, from_mag, finest_mag=finest_mag, compress=compress, **settings)

    def __repr__(self) -> str:
        return f"Layer({self.name!r}, dtype={self.dtype}, num_channels={self.num_channels})"
