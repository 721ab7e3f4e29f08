"""Investigating astrophysics (i2a): the redshift of a galaxy from the calcium line that was marked in its spectrum."""

from __future__ import annotations

from swath.panoptes.extract.annotations import first_annotation
from swath.panoptes.extract.model import Classification, Extract

_LEFT, _RIGHT, _WIDTH = 108, 1081, 1152
"""Where the spectrum begins and ends in a picture of that width, in pixels."""

_SHORTEST, _RANGE = 380, 120
"""Wavelength at the left end, and from there to the right end, in nm."""

_CALCIUM_K = 393.37
_LIGHT_SPEED, _HUBBLE = 3e5, 68
"""In km/s, and in km/s/Mpc."""


def extract_galaxy(classification: Classification) -> Extract:
    """The wavelength of the marked line, the redshift, velocity and distance (Mpc) that follow from it.

    Needs the subject, which an export's extraction does not have: raises KeyError there.
    """
    annotation = first_annotation(classification)
    if annotation is None or not annotation["value"]:
        return {}
    mark, subject = annotation["value"][0], classification.others["subject"]["metadata"]
    width = classification.metadata["subject_dimensions"][0]["naturalWidth"]
    left, right = int(_LEFT / _WIDTH * width), int(_RIGHT / _WIDTH * width)
    centre = (mark["x"] + mark["width"] / 2 - left) * (_RANGE / (right - left)) + _SHORTEST
    redshift = (centre - _CALCIUM_K) / _CALCIUM_K
    return {
        "galaxy_id": subject["SVG_filename"].replace(".svg", ""),
        "url": subject["URL"],
        "RA": subject["RA"],
        "dec": subject["Dec"],
        "dist": _LIGHT_SPEED * float(subject["#Published_Redshift"]) / _HUBBLE,
        "redshift": redshift,
        "velocity": _LIGHT_SPEED * redshift,
        "lambdacen": centre,
    }
