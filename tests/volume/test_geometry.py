"""Vectors, mags and boxes."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swath.volume import BoundingBox, Mag, NDBoundingBox, Vec3Int, VecInt
from swath.volume.errors import AgreementError, ArgumentError

points = st.tuples(*[st.integers(0, 300)] * 3)
sizes = st.tuples(*[st.integers(1, 200)] * 3)
mags = st.tuples(*[st.sampled_from([1, 2, 4, 8])] * 3)


@given(points, sizes)
def test_vectors_reckon_by_component_and_stay_what_they_are(a, b):
    left, right = Vec3Int(a), Vec3Int(b)
    assert left + right == (a[0] + b[0], a[1] + b[1], a[2] + b[2])
    assert a + right == left + b
    assert (left - right) + right == left
    assert (left * right) // right == left
    assert left.ceildiv(right) == tuple(-(-x // y) for x, y in zip(a, b, strict=True))
    assert isinstance(2 * left, Vec3Int)
    assert pickle.loads(pickle.dumps(left)) == left
    assert VecInt(t=1, x=2, y=3, z=4).get("t") == 1
    assert Vec3Int(VecInt(c=9, x=1, y=2, z=3)) == (1, 2, 3)


@pytest.mark.parametrize("bad", [(1, 2), (1, 2, 3, 4), (1.5, 2, 3), "abc", 7])
def test_what_is_no_vector(bad):
    with pytest.raises(ArgumentError):
        Vec3Int(bad)


def test_mags():
    assert Mag(2) == Mag("2") == Mag("2-2-2") == Mag((2, 2, 2)) == Mag(Vec3Int(2, 2, 2))
    assert str(Mag("2-2-1")) == "2-2-1"
    assert (str(Mag(4)), Mag(4).to_long_layer_name()) == ("4", "4-4-4")
    assert Mag("4-4-1") <= Mag(4) <= Mag("4-4-1")
    assert Mag("4-4-1") != Mag(4)
    assert len({Mag(2), Mag("2"), Mag("2-2-1")}) == 2
    assert sorted([Mag(8), Mag("2-2-1"), Mag(4)]) == [Mag("2-2-1"), Mag(4), Mag(8)]
    for bad in (3, 0, -2, "3-1-1"):
        with pytest.raises(AssertionError, match="power of 2"):
            Mag(bad)
    for bad in ("x", "2-2", None, (1, 2), 1.5):
        with pytest.raises(ValueError, match="Mag must be"):
            Mag(bad)


@given(points, sizes, mags)
def test_boxes_aligned_with_a_mag(corner, size, factors):
    box, mag = BoundingBox(corner, size), Mag(factors)
    around, within = box.align_with_mag(mag, ceil=True), box.align_with_mag(mag)
    assert around.contains_bbox(box)
    assert within.is_empty() or box.contains_bbox(within)
    assert around.in_mag(mag).from_mag_to_mag1(mag) == around
    if around != box:
        with pytest.raises(AgreementError, match="not aligned"):
            box.in_mag(mag)


@given(points, st.tuples(*[st.integers(1, 100)] * 3), st.tuples(*[st.sampled_from([32, 64])] * 3), st.booleans())
def test_chunks_make_up_the_box(corner, size, shape, aligned):
    box = BoundingBox(corner, size)
    pieces = list(box.chunk(shape, shape if aligned else None))
    assert sum(piece.volume() for piece in pieces) == box.volume()
    assert all(box.contains_bbox(piece) for piece in pieces)
    assert [tuple(piece.topleft) for piece in pieces] == sorted(tuple(piece.topleft) for piece in pieces)
    for axis in range(3):
        inner = {piece.topleft[axis] for piece in pieces} - {corner[axis]}
        assert all((cut - (0 if aligned else corner[axis])) % shape[axis] == 0 for cut in inner)


@given(points, sizes, points, sizes)
def test_boxes_joined_and_shared(a, b, c, d):
    one, other = BoundingBox(a, b), BoundingBox(c, d)
    both = one.extended_by(other)
    assert both.contains_bbox(one)
    assert both.contains_bbox(other)
    shared = one.intersected_with(other, dont_assert=True)
    assert shared.is_empty() or (one.contains_bbox(shared) and other.contains_bbox(shared))
    if shared.is_empty():
        with pytest.raises(AssertionError):
            one.intersected_with(other)


def test_boxes_are_half_open_and_flip_negative_sizes():
    box = BoundingBox((10, 10, 10), (-4, 5, 6))
    assert (tuple(box.topleft), tuple(box.size)) == ((6, 10, 10), (4, 5, 6))
    assert box.contains((9, 14, 15))
    assert not box.contains((10, 10, 10))
    assert BoundingBox.empty().extended_by(box) == box == box.extended_by(BoundingBox.empty())
    assert BoundingBox.from_wkw_dict(box.to_wkw_dict()) == box == BoundingBox.from_csv(box.to_csv())
    assert BoundingBox.from_checkpoint_name(box.to_checkpoint_name()) == box
    assert BoundingBox.from_points([(1, 2, 3), (4, 4, 4)]) == BoundingBox((1, 2, 3), (4, 3, 2))
    assert box.with_bounds_x(1, 2) == BoundingBox((1, 10, 10), (2, 5, 6))
    assert box.padded_with_margins((1, 1, 1)) == BoundingBox((5, 9, 9), (6, 7, 8))
    with pytest.raises(AssertionError):
        list(box.chunk((10, 10, 10), (3, 3, 3)))


def test_boxes_of_further_axes():
    box = NDBoundingBox((2, 0, 10, 20, 30), (3, 1, 5, 6, 7), ("t", "c", "x", "y", "z"))
    assert box.topleft_xyz == (10, 20, 30)
    assert box.get_bounds("t") == (2, 5)
    assert box.align_with_mag(Mag(4), ceil=True).size_xyz == (8, 8, 12)
    assert len(list(box.chunk((5, 6, 7)))) == 1
    assert len(list(box.chunk((1, 1, 5, 6, 7)))) == 3
    assert box.with_size_xyz((1, 1, 1)).volume() == 3
    assert pickle.loads(pickle.dumps(box)) == box
