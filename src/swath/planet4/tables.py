"""The tables of the Planet Four workflow."""

from __future__ import annotations

from swath.tables import FLOAT64, INT64, LOCAL_TIME, TEXT, Column, Table

_WORKFLOW_ID = Column("workflow_id", INT64, "Workflow that was classified in; the partition.", repeats=True)

_ANALYSIS_COLUMNS = (
    Column("classification_id", INT64, "Classification that the marking belongs to."),
    Column("created_at", TEXT, "When the classification was made, as exported: 2019-10-24 18:23:02 UTC."),
    Column("image_id", TEXT, "Tile id, such as APF0000xxx.", repeats=True),
    Column("image_name", TEXT, "HiRISE observation id (obsid), such as ESP_012079_0945.", repeats=True),
    Column("image_url", TEXT, "Address of the tile's picture.", repeats=True),
    Column("user_name", TEXT, "Volunteer; null for the names that pandas reads as missing.", repeats=True),
    Column("marking", TEXT, "Kind of the marking: fan, blotch or none.", repeats=True),
    Column("x_tile", FLOAT64, "Column of the tile in its observation, from 1.", repeats=True),
    Column("y_tile", FLOAT64, "Row of the tile in its observation, from 1.", repeats=True),
    Column("acquisition_date", LOCAL_TIME, "When the observation was taken.", "UTC", repeats=True),
    Column("local_mars_time", FLOAT64, "Always null: it needs a computation with SPICE.", repeats=True),
    Column("x", FLOAT64, "Horizontal position in the tile: of a fan's base or a blotch's centre.", "px"),
    Column("y", FLOAT64, "Vertical position in the tile, downwards.", "px"),
    Column("image_x", FLOAT64, "Horizontal position in the observation: x + 740 (x_tile - 1).", "px"),
    Column("image_y", FLOAT64, "Vertical position in the observation: y + 548 (y_tile - 1).", "px"),
    Column("radius_1", FLOAT64, "First radius of a blotch.", "px"),
    Column("radius_2", FLOAT64, "Second radius of a blotch.", "px"),
    Column("distance", FLOAT64, "Length of a fan.", "px"),
    Column("angle", FLOAT64, "Direction of a fan, or orientation of a blotch, clockwise on the screen.", "deg"),
    Column("spread", FLOAT64, "Opening angle of a fan; 0 for a blotch.", "deg"),
    Column("version", FLOAT64, "Workflow version read as a number, so that 5.10 is 5.1.", repeats=True),
)

MARKINGS = Table(
    "markings",
    "One row for each marking; one of kind none for a classification without any.",
    (*_ANALYSIS_COLUMNS, _WORKFLOW_ID),
    ("workflow_id",),
)

_DIRECTION = (Column("x_angle", FLOAT64, "Cosine of the angle."), Column("y_angle", FLOAT64, "Sine of the angle."))

CLEAN_MARKINGS = Table(
    "markings",
    "One row for each marking that survived the cleaning: all fans, then all blotches, then the rest.",
    (*_ANALYSIS_COLUMNS, *_DIRECTION, _WORKFLOW_ID),
    ("workflow_id",),
)

CLEANED = Table(
    "markings",
    "One row for each marking that survived the cleaning: fans, blotches, other kinds, none.",
    (*_ANALYSIS_COLUMNS, *_DIRECTION),
)

_OLD_TYPES = {
    "classification_id": Column("classification_id", TEXT, "Classification: 24 hexadecimal digits."),
    "created_at": Column("created_at", LOCAL_TIME, "When the classification was made.", "UTC"),
    "local_mars_time": Column("local_mars_time", TEXT, "Local time on Mars, such as 4:05 PM.", repeats=True),
    "user_name": Column("user_name", TEXT, "Volunteer; null where the export has none.", repeats=True),
}

OLD_MARKINGS = Table(
    "markings",
    "One row for each marking of the old site that survived: fans, blotches, other kinds, none.",
    (*(_OLD_TYPES.get(column.name, column) for column in _ANALYSIS_COLUMNS), *_DIRECTION),
)

TUTORIALS = Table(
    "tutorials",
    "Markings of the old site's tutorial.",
    tuple(
        column
        for column in OLD_MARKINGS.columns
        if column.name not in ("image_id", "image_url", "image_name", "local_mars_time", "x_angle", "y_angle")
    ),
)

_CLUSTER_COLUMNS = (
    Column("marking_id", TEXT, "F or B and at least six hexadecimal digits, counted over all clusters."),
    Column("marking", TEXT, "Kind of the marking: fan or blotch.", repeats=True),
    Column("tile_id", TEXT, "Tile id, such as APF0000xxx.", repeats=True),
    Column("obsid", TEXT, "HiRISE observation id, such as ESP_012079_0945.", repeats=True),
    Column("n_votes", INT64, "Volunteers whose markings are averaged."),
    Column("x", FLOAT64, "Horizontal position in the tile: of a fan's base or a blotch's centre.", "px"),
    Column("y", FLOAT64, "Vertical position in the tile, downwards.", "px"),
    Column("image_x", FLOAT64, "Horizontal position in the observation.", "px"),
    Column("image_y", FLOAT64, "Vertical position in the observation.", "px"),
    Column("angle", FLOAT64, "Circular mean of the angles, clockwise on the screen; period 180 for blotches.", "deg"),
    Column("distance", FLOAT64, "Mean length of a fan.", "px"),
    Column("spread", FLOAT64, "Mean opening angle of a fan; 0 for a blotch.", "deg"),
    Column("radius_1", FLOAT64, "Mean longer radius of a blotch.", "px"),
    Column("radius_2", FLOAT64, "Mean shorter radius of a blotch.", "px"),
    Column("x_angle", FLOAT64, "Mean of the cosines of the angles."),
    Column("y_angle", FLOAT64, "Mean of the sines of the angles."),
    Column("x_std", FLOAT64, "Standard deviation of x.", "px"),
    Column("y_std", FLOAT64, "Standard deviation of y.", "px"),
    Column("angle_std", FLOAT64, "Circular standard deviation of the angles.", "deg"),
    Column("distance_std", FLOAT64, "Standard deviation of a fan's length.", "px"),
    Column("spread_std", FLOAT64, "Standard deviation of a fan's opening angle.", "deg"),
    Column("radius1_std", FLOAT64, "Standard deviation of radius_1.", "px"),
    Column("radius2_std", FLOAT64, "Standard deviation of radius_2.", "px"),
    Column("x_tile", FLOAT64, "Column of the tile in its observation, from 1.", repeats=True),
    Column("y_tile", FLOAT64, "Row of the tile in its observation, from 1.", repeats=True),
    Column("version", FLOAT64, "Mean workflow version of the classifications."),
    Column("classification_id", FLOAT64, "Mean of the classification ids, as the production averages every number."),
)

CLUSTERS = Table(
    "clusters",
    "One row for each fan or blotch that enough volunteers marked, in order of observation and tile.",
    _CLUSTER_COLUMNS,
)

COMBINED = Table(
    "combined",
    "The final fans and blotches of each tile; one that won several fnotches has a row for each.",
    (
        *_CLUSTER_COLUMNS,
        Column("vote_ratio", FLOAT64, "Share of the votes that won a fnotch, 0.01 more for a fan; null outside one."),
    ),
)

FNOTCHES = Table(
    "fnotches",
    "One row for each fan and blotch at one place, where the votes decide which it is.",
    (
        Column("tile_id", TEXT, "Tile id.", repeats=True),
        Column("obsid", TEXT, "HiRISE observation id.", repeats=True),
        Column("fan_id", TEXT, "Marking id of the fan."),
        Column("blotch_id", TEXT, "Marking id of the blotch."),
        Column("distance", FLOAT64, "Distance of their centres.", "px"),
        Column("fan_votes", INT64, "Votes for the fan."),
        Column("blotch_votes", INT64, "Votes for the blotch."),
        Column("fan_ratio", FLOAT64, "Vote ratio of the fan: its share, and 0.01."),
        Column("blotch_ratio", FLOAT64, "Vote ratio of the blotch: its share, less 0.01."),
    ),
)

_PLACE_COLUMNS = (
    Column("BodyFixedCoordinateX", FLOAT64, "First body-fixed coordinate; null where no tile centres are known.", "km"),
    Column("BodyFixedCoordinateY", FLOAT64, "Second body-fixed coordinate.", "km"),
    Column("BodyFixedCoordinateZ", FLOAT64, "Third body-fixed coordinate.", "km"),
    Column("PlanetocentricLatitude", FLOAT64, "Latitude as the angle at the centre of Mars.", "deg"),
    Column("PlanetographicLatitude", FLOAT64, "Latitude as the angle of the vertical.", "deg"),
    Column("Longitude", FLOAT64, "Longitude, eastwards from 0 to 360.", "deg"),
)

GROUND = Table(
    "ground",
    "Where each final marking lies on Mars, and when and how it was seen; a row for each row of combined.",
    (
        Column("marking_id", TEXT, "Marking id."),
        Column("marking", TEXT, "Kind of the marking: fan or blotch.", repeats=True),
        Column("tile_id", TEXT, "Tile id.", repeats=True),
        Column("obsid", TEXT, "HiRISE observation id.", repeats=True),
        Column("image_x", FLOAT64, "Horizontal position in the observation.", "px"),
        Column("image_y", FLOAT64, "Vertical position in the observation.", "px"),
        *_PLACE_COLUMNS,
        Column("fit_points", INT64, "Tile centres that the coordinates are fitted to.", repeats=True),
        Column("fit_residual_x", FLOAT64, "Root mean square that the fit leaves in x.", "m", repeats=True),
        Column("fit_residual_y", FLOAT64, "Root mean square that the fit leaves in y.", "m", repeats=True),
        Column("fit_residual_z", FLOAT64, "Root mean square that the fit leaves in z.", "m", repeats=True),
        Column("ground_azimuth", FLOAT64, "Direction of a fan, clockwise from north; null for a blotch.", "deg"),
        Column("l_s", FLOAT64, "Solar longitude; null for an observation without metadata.", "deg", repeats=True),
        Column("north_azimuth", FLOAT64, "Direction of north in the observation.", "deg", repeats=True),
        Column("map_scale", FLOAT64, "Size of a pixel on the ground.", "m/px", repeats=True),
        Column("start_time", LOCAL_TIME, "When the observation was taken.", "UTC", repeats=True),
        Column("mars_year", INT64, "Mars year, 0 before year 28 or where the time is not known.", repeats=True),
        Column("season", INT64, "Season of the project, 1 to 5, by the orbit in the obsid.", repeats=True),
        Column("region", TEXT, "Region of interest, where the table of regions has it.", repeats=True),
    ),
)

_OF_THE_OBSERVATION = (
    Column("l_s", FLOAT64, "Solar longitude; null for an observation without metadata.", "deg", repeats=True),
    Column("map_scale", FLOAT64, "Size of a pixel on the ground.", "m/px", repeats=True),
    Column("north_azimuth", FLOAT64, "Direction of north in the observation.", "deg", repeats=True),
)


def _published(order: str) -> tuple[Column, ...]:
    """Columns of the published catalogue, of those that final markings have, in their order."""
    known = {column.name: column for column in COMBINED.columns}
    known["version"] = Column("version", INT64, "Mean workflow version, its fraction cut off.", repeats=True)
    known["vote_ratio"] = Column("vote_ratio", FLOAT64, "Mean vote ratio of the fnotches that it won; 1 without any.")
    return tuple(known[name] for name in order.split())


FANS = Table(
    "fans",
    "The published catalogue of fans, numbers of two decimals, in order of obsid and marking id.",
    (
        *_published(
            "marking_id angle distance tile_id image_x image_y n_votes obsid spread version vote_ratio x y"
            " x_angle y_angle"
        ),
        *_OF_THE_OBSERVATION,
        *_PLACE_COLUMNS,
        *_published("x_std y_std angle_std distance_std spread_std"),
    ),
)

BLOTCHES = Table(
    "blotches",
    "The published catalogue of blotches, numbers of two decimals, in order of obsid and marking id.",
    (
        *_published(
            "marking_id angle tile_id image_x image_y n_votes obsid radius_1 radius_2 vote_ratio x y x_angle y_angle"
        ),
        *_OF_THE_OBSERVATION,
        *_PLACE_COLUMNS,
        *_published("x_std y_std angle_std radius1_std radius2_std"),
    ),
)
