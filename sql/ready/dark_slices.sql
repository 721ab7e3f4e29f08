-- Slices across z by their mean, the darkest first, in each layer's finest mag that was measured; a slice that is all 0 is one.
-- tables: mags, slices
WITH finest AS (
    SELECT layer, arg_max(mag, voxels) AS mag FROM mags WHERE category = 'color' GROUP BY layer
),
boxes AS (
    SELECT
        layer, mag, depth, z,
        CASE WHEN contains(mag, '-') THEN CAST(split_part(mag, '-', 3) AS BIGINT) ELSE CAST(mag AS BIGINT) END AS step,
        voxels * channels AS voxels
    FROM mags JOIN finest USING (layer, mag)
),
every AS (
    SELECT
        layer, mag,
        unnest(generate_series(z - z % step, z + depth - 1, step)) AS z,
        voxels * step / (ceil((z + depth) / step) * step - floor(z / step) * step) AS slice_voxels
    FROM boxes
)
SELECT
    layer,
    mag,
    every.z,
    coalesce(sum(total), 0) / any_value(slice_voxels) AS mean,
    coalesce(max(maximum), 0) AS maximum,
    coalesce(sum(nonzero), 0) / any_value(slice_voxels) AS nonzero_share
FROM every LEFT JOIN slices USING (layer, mag, z)
GROUP BY layer, mag, every.z
ORDER BY mean, layer, every.z
LIMIT 20
