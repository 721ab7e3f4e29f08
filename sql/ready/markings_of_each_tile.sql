-- Tiles with the most fans and blotches in the catalogue, and the median of their votes.
-- tables: fans, blotches
SELECT
    tile_id,
    obsid,
    count(*) FILTER (kind = 'fan') AS fans,
    count(*) FILTER (kind = 'blotch') AS blotches,
    median(n_votes) AS median_votes
FROM (
    SELECT 'fan' AS kind, tile_id, obsid, n_votes FROM fans
    UNION ALL
    SELECT 'blotch' AS kind, tile_id, obsid, n_votes FROM blotches
)
GROUP BY tile_id, obsid
ORDER BY count(*) DESC, tile_id
LIMIT 20
