-- Observations and tiles in an output, in the published catalogue, in both and in one; classifications by metadata.
WITH ours AS (SELECT DISTINCT image_name AS obsid FROM markings WHERE coalesce(image_name, '') <> ''),
theirs AS (SELECT DISTINCT obsid FROM tile_coords WHERE obsid IS NOT NULL),
our_tiles AS (SELECT DISTINCT image_id AS tile_id FROM markings WHERE coalesce(image_id, '') <> ''),
their_tiles AS (SELECT DISTINCT tile_id FROM tile_coords),
places AS (SELECT classification_id, bool_or(x_tile IS NOT NULL) AS whole FROM markings GROUP BY ALL)
SELECT
    (SELECT count(*) FROM ours),
    (SELECT count(*) FROM theirs),
    (SELECT count(*) FROM ours SEMI JOIN theirs USING (obsid)),
    (SELECT count(*) FROM ours ANTI JOIN theirs USING (obsid)),
    (SELECT count(*) FROM theirs ANTI JOIN ours USING (obsid)),
    (SELECT count(*) FROM our_tiles),
    (SELECT count(*) FROM their_tiles),
    (SELECT count(*) FROM our_tiles SEMI JOIN their_tiles USING (tile_id)),
    (SELECT count(*) FROM our_tiles ANTI JOIN their_tiles USING (tile_id)),
    (SELECT count(*) FROM their_tiles ANTI JOIN our_tiles USING (tile_id)),
    (SELECT count(*) FROM places WHERE whole),
    (SELECT count(*) FROM places WHERE NOT whole)
