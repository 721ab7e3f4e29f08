-- The published catalogue of blotches: numbers of two decimals and no -0, one row a marking, in order of obsid and id.
WITH rounded AS (
    SELECT
        obsid,
        marking_id,
        tile_id,
        n_votes,
        CAST(printf('%.2f', angle) AS DOUBLE) + 0.0 AS angle,
        CAST(printf('%.2f', radius_1) AS DOUBLE) + 0.0 AS radius_1,
        CAST(printf('%.2f', radius_2) AS DOUBLE) + 0.0 AS radius_2,
        CAST(printf('%.2f', image_x) AS DOUBLE) + 0.0 AS image_x,
        CAST(printf('%.2f', image_y) AS DOUBLE) + 0.0 AS image_y,
        CAST(printf('%.2f', x) AS DOUBLE) + 0.0 AS x,
        CAST(printf('%.2f', y) AS DOUBLE) + 0.0 AS y,
        CAST(printf('%.2f', x_angle) AS DOUBLE) + 0.0 AS x_angle,
        CAST(printf('%.2f', y_angle) AS DOUBLE) + 0.0 AS y_angle,
        CAST(printf('%.2f', x_std) AS DOUBLE) + 0.0 AS x_std,
        CAST(printf('%.2f', y_std) AS DOUBLE) + 0.0 AS y_std,
        CAST(printf('%.2f', angle_std) AS DOUBLE) + 0.0 AS angle_std,
        CAST(printf('%.2f', radius1_std) AS DOUBLE) + 0.0 AS radius1_std,
        CAST(printf('%.2f', radius2_std) AS DOUBLE) + 0.0 AS radius2_std,
        CAST(printf('%.2f', vote_ratio) AS DOUBLE) + 0.0 AS vote_ratio
    FROM combined
    WHERE marking = 'blotch'
),
merged AS (
    SELECT
        obsid,
        marking_id,
        any_value(tile_id) AS tile_id,
        any_value(n_votes) AS n_votes,
        any_value(angle) AS angle,
        any_value(radius_1) AS radius_1,
        any_value(radius_2) AS radius_2,
        any_value(image_x) AS image_x,
        any_value(image_y) AS image_y,
        any_value(x) AS x,
        any_value(y) AS y,
        any_value(x_angle) AS x_angle,
        any_value(y_angle) AS y_angle,
        any_value(x_std) AS x_std,
        any_value(y_std) AS y_std,
        any_value(angle_std) AS angle_std,
        any_value(radius1_std) AS radius1_std,
        any_value(radius2_std) AS radius2_std,
        avg(vote_ratio) AS vote_ratio
    FROM rounded
    GROUP BY obsid, marking_id
)
SELECT
    m.marking_id,
    m.angle,
    m.tile_id,
    m.image_x,
    m.image_y,
    m.n_votes,
    m.obsid,
    m.radius_1,
    m.radius_2,
    coalesce(m.vote_ratio, 1.0) AS vote_ratio,
    m.x,
    m.y,
    m.x_angle,
    m.y_angle,
    o.l_s,
    o.map_scale,
    o.north_azimuth,
    round(p."BodyFixedCoordinateX", 7) AS "BodyFixedCoordinateX",
    round(p."BodyFixedCoordinateY", 7) AS "BodyFixedCoordinateY",
    round(p."BodyFixedCoordinateZ", 7) AS "BodyFixedCoordinateZ",
    round(p."PlanetocentricLatitude", 7) AS "PlanetocentricLatitude",
    round(p."PlanetographicLatitude", 7) AS "PlanetographicLatitude",
    round(p."Longitude", 7) AS "Longitude",
    m.x_std,
    m.y_std,
    m.angle_std,
    m.radius1_std,
    m.radius2_std
FROM merged AS m
LEFT JOIN observations AS o USING (obsid)
LEFT JOIN places AS p USING (obsid, marking_id)
ORDER BY m.obsid, m.marking_id
