-- The hundred tiles with the most fans and blotches for each classification.
-- tables: markings
SELECT
    image_id AS tile_id,
    min(image_name) AS obsid,
    count(DISTINCT classification_id) AS classifications,
    count(*) FILTER (WHERE marking <> 'none') AS markings,
    round(count(*) FILTER (WHERE marking <> 'none') / count(DISTINCT classification_id), 2) AS per_classification
FROM markings
WHERE image_id IS NOT NULL
GROUP BY ALL
ORDER BY per_classification DESC, tile_id
LIMIT 100
