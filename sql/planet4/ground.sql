-- What is known of the observation of each marking, in their order.
SELECT
    m.row,
    o.l_s,
    o.north_azimuth,
    o.map_scale,
    o.start_time,
    r.region,
    o.obsid IS NOT NULL AS known
FROM markings AS m
LEFT JOIN observations AS o USING (obsid)
LEFT JOIN regions AS r USING (obsid)
ORDER BY m.row
