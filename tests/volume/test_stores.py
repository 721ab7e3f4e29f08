"""Arrays of every format: what is written is read, damaged ones are told, a shard is whole or not there."""

import errno
import json
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from swath.volume import Dataset
from swath.volume.errors import ArrayError
from swath.volume.geometry import Vec3Int
from swath.volume.stores import ArrayInfo, create_store, open_store
from swath.volume.stores.block_cutter import BlockCutter
from swath.volume.stores.wkw_header import VOXEL_TYPES
from volume.boxes import make, voxels

wkw = pytest.importorskip("wkw")
FORMATS = ("wkw", "zarr", "zarr3")
SHAPE = (48, 40, 36)


def new(path, data_format, dtype="uint8", channels=1, chunk=8, shard=16, *, compressed=True, codec=None):
    shard = chunk if data_format == "zarr" else shard
    info = ArrayInfo(
        data_format, np.dtype(dtype), channels, Vec3Int.full(chunk), Vec3Int.full(shard), compressed,
        shape=(channels, *SHAPE), codec=codec,
    )  # fmt: skip
    return create_store(path, info)


boxes = st.tuples(*[st.tuples(st.integers(0, n - 1), st.integers(1, n)).map(sorted) for n in SHAPE])


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("compressed", [True, False])
@given(writes=st.lists(st.tuples(boxes, st.integers(0, 9)), min_size=1, max_size=3))
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_boxes_written_over_one_another(tmp_path_factory, data_format, compressed, writes):
    store = new(tmp_path_factory.mktemp("s") / "a", data_format, "int16", 2, compressed=compressed)
    whole = np.zeros((2, *SHAPE), np.int16)
    for number, (box, seed) in enumerate(writes):
        low, high = [a for a, _ in box], [max(b, a + 1) for a, b in box]
        data = np.random.default_rng(seed).integers(-9, 9, (2, *np.subtract(high, low)), dtype=np.int16) * (seed > 0)
        data = np.asfortranarray(data) if number % 2 else data
        store.write((0, *low), data)
        whole[:, *(slice(a, b) for a, b in zip(low, high, strict=True))] = data
    assert np.array_equal(store.read((0, 0, 0, 0), whole.shape), whole)
    again = open_store(store.path, data_format)
    assert np.array_equal(again.read((0, 5, 7, 9), (2, 50, 50, 50))[:, :43, :33, :27], whole[:, 5:, 7:, 9:])
    assert again.read((0, 5, 7, 9), (2, 50, 50, 50)).flags.f_contiguous


@pytest.mark.parametrize("dtype", VOXEL_TYPES)
@pytest.mark.parametrize("codec", ["lz4", "lz4hc", None])
def test_the_library_reads_what_is_written(tmp_path, dtype, codec):
    data = voxels((20, 17, 30), dtype, 2)
    data[0, 5, 5, 5] = -0.0 if dtype.startswith("float") else 1
    store = new(tmp_path / "a", "wkw", dtype, 2, compressed=codec is not None, codec=codec)
    store.write((0, 3, 4, 5), data)
    with wkw.Dataset.open(str(tmp_path / "a")) as theirs:
        assert theirs.read((3, 4, 5), data.shape[1:]).tobytes("F") == data.tobytes("F")
        assert theirs.header.block_type == {"lz4": 2, "lz4hc": 3, None: 1}[codec]


def test_a_default_shard_takes_the_memory_of_its_voxels(tmp_path):
    store = new(tmp_path / "a", "wkw", chunk=32, shard=1024)
    data = voxels((40, 30, 20))
    store.write((0, 1000, 1000, 1000), data)
    assert len(list(store.path.rglob("*.wkw"))) == 1 + 4
    assert np.array_equal(store.read((0, 1000, 1000, 1000), data.shape), data)
    with wkw.Dataset.open(str(store.path)) as theirs:
        assert np.array_equal(theirs.read((1000, 1000, 1000), data.shape[1:]), data)


def damaged(path, change):
    content = bytearray(path.read_bytes())
    path.write_bytes(change(content))


DAMAGES = {
    "header cut": ("header.wkw", lambda c: c[:10]),
    "no header": ("header.wkw", lambda c: b"PNG" + c[3:]),
    "version": ("header.wkw", lambda c: c[:3] + b"\x02" + c[4:]),
    "voxel type": ("header.wkw", lambda c: c[:6] + b"\x63" + c[7:]),
    "block type": ("header.wkw", lambda c: c[:5] + b"\x09" + c[6:]),
    "voxel size": ("header.wkw", lambda c: c[:7] + b"\x00" + c[8:]),
    "another dtype": ("z0/y0/x0.wkw", lambda c: c[:6] + b"\x02\x02" + c[8:]),
    "another block length": ("z0/y0/x0.wkw", lambda c: c[:4] + b"\x14" + c[5:]),
    "file cut": ("z0/y0/x0.wkw", lambda c: c[:-100]),
    "table cut": ("z0/y0/x0.wkw", lambda c: c[:40]),
    "empty file": ("z0/y0/x0.wkw", lambda _: b""),
    "table beyond": ("z0/y0/x0.wkw", lambda c: c[:72] + struct.pack("<Q", 1 << 40) + c[80:]),
    "table descends": ("z0/y0/x0.wkw", lambda c: c[:16] + struct.pack("<Q", 1 << 20) + c[24:]),
    "garbage": ("z0/y0/x0.wkw", lambda c: c[:100] + b"\xff" * (len(c) - 100)),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_wkw_is_told(tmp_path, name):
    make(tmp_path / "d", "wkw")
    file, change = DAMAGES[name]
    damaged(tmp_path / "d" / "layer" / "1" / file, change)
    mag = Dataset.open(tmp_path / "d").get_layer("layer").get_mag(1)
    with pytest.raises(ValueError, match=r"wkw|layer/1"):
        mag.read()
    with pytest.raises(ValueError, match=r"wkw|layer/1"):
        mag.write(voxels()[:, 40:50, 40:50, :9], relative_offset=(1, 1, 1), allow_unaligned=True)
    with pytest.raises(ValueError, match=r"wkw|layer/1"):
        mag.rechunk(shard_shape=32)


@pytest.mark.parametrize("lengths", [0x0F, 0xF0, 0xFF], ids=["blocks", "files", "both"])
def test_wkw_of_lengths_that_no_memory_holds_is_told(tmp_path, lengths):
    """The library would end the process."""
    folder = make(tmp_path / "d", "wkw").path / "layer" / "1"
    for file in (folder / "header.wkw", folder / "z0" / "y0" / "x0.wkw"):
        damaged(file, lambda c: c[:4] + bytes([lengths]) + c[5:])
    with pytest.raises(ArrayError, match=r"x0\.wkw"):
        Dataset.open(tmp_path / "d").get_layer("layer").get_mag(1).read(absolute_offset=(0, 0, 0), size=(9, 9, 9))


def test_zarr_of_chunks_that_no_memory_holds_is_told(tmp_path):
    """The library would end the process."""
    file = make(tmp_path / "d", "zarr").path / "layer" / "1" / ".zarray"
    edges = [1, 1 << 20, 1 << 20, 1 << 20]
    file.write_text(json.dumps(json.loads(file.read_text()) | {"chunks": edges, "shape": edges}))
    with pytest.raises(ArrayError, match="chunks of"):
        Dataset.open(tmp_path / "d").get_layer("layer").get_mag(1).read(absolute_offset=(0, 0, 0), size=(9, 9, 9))


@pytest.mark.parametrize(("data_format", "file"), [("zarr", ".zarray"), ("zarr3", "zarr.json")])
@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[1]", b'{"zarr_format":9,"shape":[1,1,1,1]}', b'{"zarr_format":2,"shape":1}']
)
def test_damaged_zarr_is_told(tmp_path, data_format, file, content):
    make(tmp_path / "d", data_format)
    (tmp_path / "d" / "layer" / "1" / file).write_bytes(content)
    with pytest.raises(ValueError, match="layer/1"):
        Dataset.open(tmp_path / "d").get_layer("layer").get_mag(1).read()


def test_a_damaged_shard_of_zarr_is_told(tmp_path):
    make(tmp_path / "d", "zarr3")
    shard = next(p for p in (tmp_path / "d" / "layer" / "1" / "c").rglob("*") if p.is_file())
    damaged(shard, lambda c: c[:200] + b"\x00" * 50 + c[250:-30])
    with pytest.raises(ValueError, match="cannot be read"):
        Dataset.open(tmp_path / "d").get_layer("layer").get_mag(1).read()


def test_each_damage_of_a_shard_of_zarr_is_told(tmp_path):
    """Where the table is cut or changed, where a block is, and where it leads out of the file."""
    make(tmp_path / "d", "zarr3")
    shard = next(p for p in sorted((tmp_path / "d" / "layer" / "1" / "c").rglob("*")) if p.is_file())
    whole = shard.read_bytes()
    for change in (
        lambda _: b"", lambda c: c[-100:], lambda c: c[:-1], lambda c: c[:-20] + b"\x01" + c[-19:], lambda c: c[500:],
        lambda c: c[:40] + bytes([c[40] ^ 1]) + c[41:],
    ):  # fmt: skip
        shard.write_bytes(change(whole))
        with pytest.raises(ValueError, match="cannot be read"):
            Dataset.open(tmp_path / "d").get_layer("layer").get_mag(1).read()
        with pytest.raises(ValueError, match="cannot be read"):
            open_store(tmp_path / "d" / "layer" / "1", "zarr3").read_alone((0, 0, 0, 0), (1, 64, 128, 128))


@pytest.mark.parametrize(("data_format", "shard"), [("zarr", 8), ("zarr3", 8), ("zarr3", 16)])
@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize(("dtype", "channels"), [("uint8", 1), ("uint16", 3), ("float64", 1)])
def test_tensorstore_reads_the_same(tmp_path, data_format, shard, compressed, dtype, channels):
    import tensorstore

    store = new(tmp_path / "a", data_format, dtype, channels, shard=shard, compressed=compressed)
    store.write((0, 3, 4, 5), voxels((40, 30, 20), dtype, channels))
    spec = {"driver": data_format, "kvstore": {"driver": "file", "path": f"{store.path}/"}}
    theirs = tensorstore.open(spec).result()
    assert store._reader is not None
    for low, high in (
        ((0, 0, 0), SHAPE),
        ((3, 4, 5), (43, 34, 25)),
        ((7, 9, 1), (8, 33, 30)),
        ((40, 0, 0), (40, 9, 9)),
    ):
        box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        mine = store.read_alone((0, *low), (channels, *np.subtract(high, low)))
        np.testing.assert_array_equal(mine, theirs[:, *box].read().result())
        assert mine.flags.f_contiguous
    np.testing.assert_array_equal(store.read_alone((0, 0, 0, 0), (1, 9, 9, 9)), theirs[:1, :9, :9, :9].read().result())
    beyond = store.read_alone((0, 40, 0, 0), (channels, 20, 9, 9))
    np.testing.assert_array_equal(beyond, store.read((0, 40, 0, 0), (channels, 20, 9, 9)))


def test_a_shard_that_is_written_anew_is_read_anew(tmp_path):
    store = new(tmp_path / "a", "zarr3", shard=16)
    for number in range(6):
        data = voxels((16, 16, 16), seed=number)
        data[:, :, :, 8 * (number % 2) :] = 0
        store.write((0, 0, 0, 0), data)
        np.testing.assert_array_equal(store.read_alone((0, 0, 0, 0), data.shape), data)


def test_an_array_that_is_not_its_layers_is_told(tmp_path):
    dataset = make(tmp_path / "d", "wkw")
    dataset.properties.layer("layer").element_class = "uint16"
    dataset.save()
    with pytest.raises(ValueError, match="holds 1 channels of uint8"):
        Dataset.open(tmp_path / "d").get_layer("layer").get_mag(1).read()


@pytest.mark.parametrize("data_format", FORMATS)
def test_a_write_that_fails_leaves_the_old_shard(tmp_path, data_format, monkeypatch):
    dataset = make(tmp_path / "d", data_format)
    mag = dataset.get_layer("layer").get_mag(1)
    if data_format == "wkw":
        monkeypatch.setattr("swath.volume.stores.wkw_shard.packed", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            mag.write(voxels(seed=1))
    else:
        with pytest.raises(TypeError):
            mag.write(voxels(seed=1, dtype="float32"))
    monkeypatch.undo()
    assert np.array_equal(mag.read(), voxels())
    assert not list((tmp_path / "d").rglob("*tmp*"))


@pytest.mark.parametrize("data_format", FORMATS)
def test_a_full_disk_is_known_as_one(tmp_path, data_format):
    resource = pytest.importorskip("resource")
    data = np.random.default_rng(0).integers(0, 255, (1, 64, 64, 64), np.uint8)
    store = new(tmp_path / "a", data_format, chunk=32, shard=64)
    store.grow((1, 64, 64, 64))
    store.write((0, 0, 0, 0), data)
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, most))
    try:
        with pytest.raises(OSError, match=r"space left|too large") as error:
            store.write((0, 0, 0, 0), data[:, :32, :32, :32] ^ 1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    assert error.value.errno in (errno.ENOSPC, errno.EFBIG)
    assert np.array_equal(store.read((0, 0, 0, 0), data.shape), data)


def test_same_data_same_bytes(tmp_path):
    for data_format in FORMATS:
        first, second = (make(tmp_path / f"{data_format}{n}", data_format).path / "layer" / "1" for n in (1, 2))
        assert {p.relative_to(first): p.read_bytes() for p in first.rglob("*") if p.is_file()} == {
            p.relative_to(second): p.read_bytes() for p in second.rglob("*") if p.is_file()
        }


@pytest.mark.parametrize("dtype", ["uint8", "uint32", "float64"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("start", [(0, 0, 0), (8, 3, 2), (5, 0, 7)])
def test_blocks_are_cut_wherever_voxels_begin_and_however_they_lie(dtype, channels, order, start):
    data = np.array(voxels((16, 9, 7), dtype, channels, seed=1), order=order)
    whole = np.zeros((channels, 24, 16, 16), dtype)
    whole[:, *(slice(at, at + length) for at, length in zip(start, data.shape[1:], strict=True))] = data
    cutter = BlockCutter.of(data, Vec3Int(start), Vec3Int.full(8))
    places = np.array(list(np.ndindex(3, 2, 2)), np.int64)
    blocks = np.zeros((len(places), 512 * channels), dtype)
    filled = cutter.cut(places, blocks)
    for place, block, full in zip(places, blocks, filled, strict=True):
        x, y, z = place * 8
        part = whole[:, x : x + 8, y : y + 8, z : z + 8]
        np.testing.assert_array_equal(block, part.reshape(-1, order="F"))
        assert full == part.any()
