-- The largest segments of each layer in its finest mag that was measured: voxels, and the box around each.
-- tables: mags, segments
WITH finest AS (SELECT layer, arg_max(mag, voxels) AS mag FROM mags GROUP BY layer)
SELECT
    layer,
    mag,
    segment,
    sum(voxels) AS voxels,
    min(x) AS x, min(y) AS y, min(z) AS z,
    max(x + width) - min(x) AS width,
    max(y + height) - min(y) AS height,
    max(z + depth) - min(z) AS depth
FROM segments JOIN finest USING (layer, mag)
GROUP BY layer, mag, segment
ORDER BY voxels DESC, layer, segment
LIMIT 20
