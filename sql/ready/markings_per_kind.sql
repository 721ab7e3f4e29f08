-- How many fans, blotches and empty classifications there are, by how many volunteers, on how many tiles.
-- tables: markings
SELECT
    marking,
    count(*) AS markings,
    count(DISTINCT classification_id) AS classifications,
    count(DISTINCT user_name) AS volunteers,
    count(DISTINCT image_id) AS tiles
FROM markings
GROUP BY ALL
ORDER BY markings DESC
