"""A dataset: layers of voxels in one folder, and what is known of them in ``datasource-properties.json``."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from swath.volume.errors import ArgumentError, ArrayError, NameTakenError, NoSuchNameError
from swath.volume.geometry import NDBoundingBox
from swath.volume.images.mapping import ConversionLayerMapping
from swath.volume.layer import Layer
from swath.volume.new_layer import check_agreement, new_layer_properties, one_dtype
from swath.volume.paths import check_layer_name, mag_folder
from swath.volume.properties import DatasetProperties, LayerProperties, MagProperties
from swath.volume.segmentation_layer import SegmentationLayer, make_layer
from swath.volume.stored_dataset import StoredDataset
from swath.volume.stores import ArrayStore, open_store
from swath.volume.stores.unread_store import UnreadStore

if TYPE_CHECKING:
    from swath.engine.run import Running
    from swath.volume.downsample.schemes import SamplingModes
    from swath.volume.remote.dataset import RemoteDataset
    from swath.volume.remote.listing import RemoteDatasets


class Dataset(StoredDataset):
    """A dataset in a folder."""

    ConversionLayerMapping = ConversionLayerMapping

    def _load(self, properties: DatasetProperties) -> None:
        super()._load(properties)
        self._layers = {each.name: make_layer(self, each) for each in properties.layers}

    def open_array(self, layer: Layer, mag: MagProperties, axes: tuple[str, ...] | None) -> ArrayStore:
        """Open the array of a mag; ``axes`` is their order where the properties file says it.

        One that is not read, of another format or on another host, raises ArrayError when it is asked for something.
        """
        try:
            return open_store(mag_folder(self._path, layer.name, mag), layer.data_format, axes)
        except ArrayError as error:
            return UnreadStore(mag.path or f"{layer.path}/{mag.mag}", error)

    @property
    def layers(self) -> dict[str, Layer]:
        """Its layers by name, in the order of the properties file."""
        return dict(self._layers)

    def get_layer(self, layer_name: str) -> Layer:
        """Give a layer; raises NoSuchNameError where there is none of that name."""
        if layer_name not in self._layers:
            raise NoSuchNameError(f"The layer {layer_name} is not a layer of this dataset")
        return self._layers[layer_name]

    def add_layer(
        self,
        layer_name: str,
        category: str,
        dtype_per_layer: Any = None,
        dtype_per_channel: Any = None,
        num_channels: int | None = None,
        data_format: str | None = None,
        bounding_box: NDBoundingBox | None = None,
        *,
        dtype: Any = None,
        largest_segment_id: int | None = None,
        mappings: Iterable[str] | None = None,
    ) -> Layer:
        """Add a layer without mags. ``dtype`` is that of one channel, uint8 if none is given.

        Raises NameTakenError where the name is taken, CategoryError for another category, ArgumentError for a name or a
        dtype that no layer may have.
        """
        self.check_writable()
        if layer_name in self._layers:
            raise NameTakenError(f"Adding layer {layer_name} failed. There is already a layer with this name")
        channels = 1 if num_channels is None else num_channels
        properties = new_layer_properties(
            layer_name,
            category,
            dtype=one_dtype(dtype, dtype_per_channel, dtype_per_layer, channels),
            num_channels=channels,
            data_format=data_format,
            bounding_box=bounding_box,
            largest_segment_id=largest_segment_id,
            mappings=mappings,
        )
        return self.register_layer(properties)

    def get_or_add_layer(
        self,
        layer_name: str,
        category: str,
        dtype_per_layer: Any = None,
        dtype_per_channel: Any = None,
        num_channels: int | None = None,
        data_format: str | None = None,
        *,
        dtype: Any = None,
        **settings: Any,
    ) -> Layer:
        """Give a layer, and add it if it is not there; raises AgreementError where it stands with other properties."""
        if layer_name not in self._layers:
            return self.add_layer(
                layer_name,
                category,
                dtype_per_layer,
                dtype_per_channel,
                num_channels,
                data_format,
                dtype=dtype,
                **settings,
            )
        layer = self._layers[layer_name]
        channels = layer.num_channels if num_channels is None else num_channels
        wanted = {"num_channels": channels, "category": category}
        if any(each is not None for each in (dtype, dtype_per_channel, dtype_per_layer)):
            wanted["dtype"] = one_dtype(dtype, dtype_per_channel, dtype_per_layer, channels)
        check_agreement(layer, wanted)
        return layer

    def add_layer_like(self, other_layer: Layer, layer_name: str) -> Layer:
        """Add a layer with the properties of another one, without its mags and attachments."""
        from swath.volume.copying.layers import like_layer  # noqa: PLC0415  (it builds on datasets)

        return like_layer(self, other_layer, layer_name)

    def add_layer_for_existing_files(self, layer_name: str, category: str, **settings: Any) -> Layer:
        """Add a layer of the arrays in its folder; see ``swath.volume.existing_files``."""
        from swath.volume.existing_files import add_layer_for_existing_files  # noqa: PLC0415  (it builds on datasets)

        return add_layer_for_existing_files(self, layer_name, category, **settings)

    def register_layer(self, properties: LayerProperties) -> Layer:
        """Enter a layer into the properties file."""
        self._properties.layers.append(properties)
        self._layers[properties.name] = make_layer(self, properties)
        self.save()
        return self._layers[properties.name]

    def delete_layer(self, layer_name: str) -> None:
        """Delete a layer and its folder; raises NoSuchNameError where there is none of that name."""
        from swath.volume.copying.layers import delete_layer  # noqa: PLC0415  (it builds on datasets)
        from swath.volume.statistics_store import forget_statistics  # noqa: PLC0415  (Parquet, which reading needs not)

        self.check_writable()
        if layer_name not in self._layers:
            raise NoSuchNameError(f"Removing layer {layer_name} failed. There is no layer with this name")
        layer = self._layers.pop(layer_name)
        self._properties.layers.remove(self._properties.layer(layer_name))
        self.save()
        forget_statistics(self._path, layer_name)
        delete_layer(self, layer)

    def rename_layer(self, layer: Layer, name: str) -> None:
        """Rename a layer and its folder; raises ArgumentError for a name that is taken or that no layer may have."""
        from swath.volume.copying.layers import rename_layer_folder  # noqa: PLC0415  (it builds on datasets)
        from swath.volume.statistics_store import forget_statistics  # noqa: PLC0415  (Parquet, which reading needs not)

        self.check_writable()
        if name == layer.name:
            return
        if name in self._layers:
            raise ArgumentError(f"Failed to rename layer {layer.name} to {name}: The new name already exists.")
        check_layer_name(name)
        properties = self._properties.layer(layer.name)
        rename_layer_folder(self, layer.name, name, properties)
        forget_statistics(self._path, layer.name)
        self._layers = {(name if key == layer.name else key): value for key, value in self._layers.items()}
        properties.name = name
        self.save()

    def get_color_layers(self) -> list[Layer]:
        """Give the layers of images, in order."""
        return [layer for layer in self._layers.values() if layer.category == "color"]

    def get_segmentation_layers(self) -> list[SegmentationLayer]:
        """Give the layers of segments, in order."""
        return [layer for layer in self._layers.values() if isinstance(layer, SegmentationLayer)]

    def get_color_layer(self) -> Layer:
        """Give the only layer of images; raises NoSuchNameError for none or several."""
        return _only(self.get_color_layers(), "color")

    def get_segmentation_layer(self, layer_name: str | None = None) -> SegmentationLayer:
        """Give the segmentation layer of a name, or the only one; raises NoSuchNameError for none or several."""
        layers = self.get_segmentation_layers()
        named = layers if layer_name is None else [layer for layer in layers if layer.name == layer_name]
        return _only(named, "segmentation")

    def add_copy_layer(
        self,
        foreign_layer: Layer | str | Path,
        new_layer_name: str | None = None,
        chunk_shape: Any = None,
        chunks_per_shard: Any = None,
        data_format: str | None = None,
        compress: Any = None,
        **settings: Any,
    ) -> Layer:
        """Copy a layer of another dataset; settings as those of ``swath.volume.copying.layers.add_copy_layer``."""
        from swath.volume.copying.layers import add_copy_layer  # noqa: PLC0415  (it builds on datasets)

        form = {"chunk_shape": chunk_shape, "chunks_per_shard": chunks_per_shard, "data_format": data_format}
        return add_copy_layer(self, foreign_layer, new_layer_name, compress=compress, **form, **settings)

    def add_fs_copy_layer(self, foreign_layer: Layer | str | Path, new_layer_name: str | None = None) -> Layer:
        """Copy the folder of a layer of another dataset as it is."""
        from swath.volume.copying.layers import add_fs_copy_layer  # noqa: PLC0415  (it builds on datasets)

        return add_fs_copy_layer(self, foreign_layer, new_layer_name)

    def add_symlink_layer(
        self, foreign_layer: Layer | str | Path, make_relative: bool = False, new_layer_name: str | None = None
    ) -> Layer:
        """Add a layer of another dataset by a symbolic link to its folder, absolute or relative to this dataset's."""
        from swath.volume.copying.layers import add_symlink_layer  # noqa: PLC0415  (it builds on datasets)

        return add_symlink_layer(self, foreign_layer, make_relative, new_layer_name)

    def add_layer_as_ref(self, foreign_layer: Layer | str | Path, new_layer_name: str | None = None) -> Layer:
        """Add a layer of another dataset by the paths of its arrays, which are read-only here."""
        from swath.volume.copying.layers import add_layer_as_ref  # noqa: PLC0415  (it builds on datasets)

        return add_layer_as_ref(self, foreign_layer, new_layer_name)

    def copy_dataset(
        self,
        new_dataset_path: str | Path,
        voxel_size: Any = None,
        chunk_shape: Any = None,
        chunks_per_shard: Any = None,
        data_format: str | None = None,
        compress: Any = None,
        **settings: Any,
    ) -> Dataset:
        """Copy the dataset; settings as those of ``swath.volume.copying.datasets.copy_dataset``."""
        from swath.volume.copying.datasets import copy_dataset  # noqa: PLC0415  (it builds on datasets)

        form = {"chunk_shape": chunk_shape, "chunks_per_shard": chunks_per_shard, "data_format": data_format}
        return copy_dataset(self, new_dataset_path, voxel_size=voxel_size, compress=compress, **form, **settings)

    def shallow_copy_dataset(
        self,
        new_dataset_path: str | Path,
        name: str | None = None,
        make_relative: bool = False,
        layers_to_ignore: Iterable[str] | None = None,
    ) -> Dataset:
        """Make a dataset that refers to the arrays of this one; see ``swath.volume.copying.datasets``."""
        from swath.volume.copying.datasets import shallow_copy_dataset  # noqa: PLC0415  (it builds on datasets)

        return shallow_copy_dataset(
            self, new_dataset_path, name, make_relative=make_relative, layers_to_ignore=layers_to_ignore
        )

    def compress(self, executor: Executor | None = None, *, codec: Any = None, running: Running | None = None) -> None:
        """Compress in place every mag that is not compressed and is this layer's alone; see ``MagView.compress``."""
        for layer in self._layers.values():
            for mag in layer.mags.values():
                if not mag.read_only and not mag.is_shared:
                    mag.compress(executor=executor, codec=codec, running=running)

    @classmethod
    def from_images(
        cls,
        input_path: str | Path,
        output_path: str | Path,
        voxel_size: Any = None,
        name: str | None = None,
        **settings: Any,
    ) -> Dataset:
        """Make a dataset of image files; settings as those of ``swath.volume.images.convert.from_images``."""
        from swath.volume.images.convert import from_images  # noqa: PLC0415  (it builds on datasets)

        return from_images(input_path, output_path, voxel_size, name, **settings)

    def add_layer_from_images(
        self,
        images: Any,
        layer_name: str,
        category: str | None = "color",
        data_format: str | None = None,
        mag: Any = 1,
        chunk_shape: Any = None,
        chunks_per_shard: Any = None,
        compress: Any = True,
        **settings: Any,
    ) -> Layer:
        """Add a layer of images; settings as those of ``swath.volume.images.convert.add_layer_from_images``."""
        from swath.volume.images.convert import add_layer_from_images  # noqa: PLC0415  (it builds on datasets)

        form = {"chunk_shape": chunk_shape, "chunks_per_shard": chunks_per_shard, "data_format": data_format}
        return add_layer_from_images(self, images, layer_name, category, mag=mag, compress=compress, **form, **settings)

    def downsample(
        self, sampling_mode: str | SamplingModes = "anisotropic", executor: Executor | None = None, **settings: Any
    ) -> None:
        """Add the coarser mags of every layer; settings as those of ``Layer.downsample``."""
        for layer in self._layers.values():
            layer.downsample(sampling_mode=sampling_mode, executor=executor, **settings)

    @classmethod
    def open_remote(cls, *args: Any, **kwargs: Any) -> RemoteDataset:
        """Open a dataset on a server; see ``swath.volume.remote.opening``."""
        from swath.volume.remote.opening import open_remote  # noqa: PLC0415  (it builds on datasets)

        return open_remote(*args, **kwargs)

    @classmethod
    def get_remote_datasets(cls, *args: Any, **kwargs: Any) -> RemoteDatasets:
        """List the datasets of a server; see ``swath.volume.remote.listing``."""
        from swath.volume.remote.listing import get_remote_datasets  # noqa: PLC0415  (it builds on datasets)

        return get_remote_datasets(*args, **kwargs)

    @classmethod
    def download(cls, *args: Any, **kwargs: Any) -> Dataset:
        """Download a dataset from a server; see ``swath.volume.remote.download``."""
        from swath.volume.remote.download import download  # noqa: PLC0415  (it builds on datasets)

        return download(*args, **kwargs)

    def upload(self, *args: Any, **kwargs: Any) -> RemoteDataset:
        """Upload to a server; see ``swath.volume.remote.upload``."""
        from swath.volume.remote.upload import upload  # noqa: PLC0415  (it builds on datasets)

        return upload(self, *args, **kwargs)

    def __repr__(self) -> str:
        return f"Dataset({str(self._path)!r})"


L = TypeVar("L", bound=Layer)


def _only(layers: list[L], category: str) -> L:
    if len(layers) != 1:
        raise NoSuchNameError(f"the dataset has {len(layers)} {category} layers, not one", "name the layer: get_layer")
    return layers[0]
