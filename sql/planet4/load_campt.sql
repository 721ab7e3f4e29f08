-- The results of campt for the markings of one observation.
-- needs: Sample, Line, PlanetocentricLatitude, PlanetographicLatitude, PositiveEast360Longitude, BodyFixedCoordinateX, BodyFixedCoordinateY, BodyFixedCoordinateZ
SELECT
    CAST("Sample" AS DOUBLE) AS "Sample",
    CAST("Line" AS DOUBLE) AS "Line",
    CAST("PlanetocentricLatitude" AS DOUBLE) AS "PlanetocentricLatitude",
    CAST("PlanetographicLatitude" AS DOUBLE) AS "PlanetographicLatitude",
    CAST("PositiveEast360Longitude" AS DOUBLE) AS "PositiveEast360Longitude",
    CAST("BodyFixedCoordinateX" AS DOUBLE) AS "BodyFixedCoordinateX",
    CAST("BodyFixedCoordinateY" AS DOUBLE) AS "BodyFixedCoordinateY",
    CAST("BodyFixedCoordinateZ" AS DOUBLE) AS "BodyFixedCoordinateZ"
FROM source
