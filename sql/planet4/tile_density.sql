-- The markings of each tile, and how many there are on a square metre of ground.
SELECT
    t.obsid,
    t.tile_id,
    coalesce(f.n_fans, 0) AS n_fans,
    coalesce(b.n_blotches, 0) AS n_blotches,
    coalesce(f.n_fans, 0) + coalesce(b.n_blotches, 0) AS n_markings,
    o.map_scale,
    o.map_scale * o.map_scale * 840 * 648 AS tile_ground_area_m2,
    n_markings / tile_ground_area_m2 AS density_per_m2
FROM (SELECT DISTINCT obsid, tile_id FROM tile_coords) AS t
LEFT JOIN (SELECT obsid, tile_id, count(*) AS n_fans FROM fans GROUP BY ALL) AS f USING (obsid, tile_id)
LEFT JOIN (SELECT obsid, tile_id, count(*) AS n_blotches FROM blotches GROUP BY ALL) AS b USING (obsid, tile_id)
LEFT JOIN observations AS o USING (obsid)
ORDER BY t.obsid, t.tile_id
