-- Where each marking lies, from the results of campt for positions of two decimals.
SELECT DISTINCT ON (c.obsid, c.marking_id)
    c.obsid,
    c.marking_id,
    g."BodyFixedCoordinateX",
    g."BodyFixedCoordinateY",
    g."BodyFixedCoordinateZ",
    g."PlanetocentricLatitude",
    g."PlanetographicLatitude",
    g."PositiveEast360Longitude" AS "Longitude"
FROM combined AS c
INNER JOIN campt AS g
    ON c.obsid = g.obsid
    AND CAST(printf('%.2f', c.image_x) AS DOUBLE) = g."Sample"
    AND CAST(printf('%.2f', c.image_y) AS DOUBLE) = g."Line"
