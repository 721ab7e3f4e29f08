-- Where each marking lies, from the output of planet4 ground.
SELECT DISTINCT ON (obsid, marking_id)
    obsid,
    marking_id,
    "BodyFixedCoordinateX",
    "BodyFixedCoordinateY",
    "BodyFixedCoordinateZ",
    "PlanetocentricLatitude",
    "PlanetographicLatitude",
    "Longitude"
FROM ground
