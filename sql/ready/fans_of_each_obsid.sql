-- Fans of each observation in the catalogue: how many, how long, and where they point on the ground.
-- tables: fans
SELECT
    obsid,
    count(*) AS fans,
    count(DISTINCT tile_id) AS tiles,
    round(avg(distance * map_scale), 1) AS mean_length_m,
    round(degrees(atan2(avg(sin(radians(angle - north_azimuth))), avg(cos(radians(angle - north_azimuth))))) + 360, 1)
        % 360 AS mean_azimuth,
    any_value(l_s) AS l_s
FROM fans
GROUP BY obsid
ORDER BY fans DESC, obsid
LIMIT 20
