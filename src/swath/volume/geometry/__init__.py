"""Points, boxes and magnifications of volumes."""

from swath.volume.geometry.bounding_box import BoundingBox
from swath.volume.geometry.mag import Mag
from swath.volume.geometry.nd_bounding_box import NDBoundingBox
from swath.volume.geometry.vec3_int import Vec3Int
from swath.volume.geometry.vec_int import VecInt

__all__ = ["BoundingBox", "Mag", "NDBoundingBox", "Vec3Int", "VecInt"]
