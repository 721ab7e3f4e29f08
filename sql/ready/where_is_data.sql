-- How much of each layer and mag holds data, and the box around it.
-- tables: mags, chunks
SELECT
    layer,
    mag,
    count(*) AS chunks,
    min(chunks.x) AS x, min(chunks.y) AS y, min(chunks.z) AS z,
    max(chunks.x + chunks.width) - min(chunks.x) AS width,
    max(chunks.y + chunks.height) - min(chunks.y) AS height,
    max(chunks.z + chunks.depth) - min(chunks.z) AS depth,
    sum(nonzero) AS nonzero,
    round(sum(nonzero) / any_value(mags.voxels * mags.channels), 6) AS nonzero_share
FROM chunks JOIN mags USING (layer, mag)
WHERE further IN ('', 't=0')
GROUP BY layer, mag
ORDER BY layer, max(mags.voxels) DESC, mag
