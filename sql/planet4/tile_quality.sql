-- How many volunteers back the markings of each tile, how much they disagree, and what that says of the tile.
WITH gated AS (SELECT * FROM catalogued WHERE scatter_ok),
support AS (
    SELECT
        tile_id,
        count(*) AS n_markings,
        count(*) FILTER (kind = 'fan') AS n_fans,
        count(*) FILTER (kind = 'blotch') AS n_blotches,
        median(CAST(n_votes AS DOUBLE)) AS votes_median,
        CAST(min(n_votes) AS DOUBLE) AS votes_min,
        CAST(sum(n_votes) AS DOUBLE) AS votes_total
    FROM catalogued
    GROUP BY tile_id
),
scatter AS (
    SELECT
        tile_id,
        CASE WHEN $average = 'median' THEN median(angle_std) FILTER (angle_usable) ELSE avg(angle_std) FILTER (angle_usable) END AS angle_scatter,
        CASE WHEN $average = 'median' THEN median(pos_std) ELSE avg(pos_std) END AS pos_scatter,
        CASE WHEN $average = 'median' THEN median(size_cv) ELSE avg(size_cv) END AS size_scatter,
        count(*) AS n_scatter_markings
    FROM gated
    GROUP BY tile_id
),
tiles AS (
    SELECT s.*, c.angle_scatter, c.pos_scatter, c.size_scatter, coalesce(c.n_scatter_markings, 0) AS n_scatter_markings
    FROM support AS s
    LEFT JOIN scatter AS c USING (tile_id)
),
-- the rank of each value in percent, ties in the middle; null for a null
ranked AS (
    SELECT
        *,
        CASE WHEN angle_scatter IS NOT NULL THEN
            100.0 * (rank() OVER (ORDER BY angle_scatter NULLS LAST) + (count(*) OVER (PARTITION BY angle_scatter) - 1) / 2)
            / count(angle_scatter) OVER ()
        END AS angle_scatter_rank,
        CASE WHEN pos_scatter IS NOT NULL THEN
            100.0 * (rank() OVER (ORDER BY pos_scatter NULLS LAST) + (count(*) OVER (PARTITION BY pos_scatter) - 1) / 2)
            / count(pos_scatter) OVER ()
        END AS pos_scatter_rank,
        CASE WHEN size_scatter IS NOT NULL THEN
            100.0 * (rank() OVER (ORDER BY size_scatter NULLS LAST) + (count(*) OVER (PARTITION BY size_scatter) - 1) / 2)
            / count(size_scatter) OVER ()
        END AS size_scatter_rank,
        CASE WHEN n_markings IS NOT NULL THEN
            100.0 * (rank() OVER (ORDER BY n_markings NULLS LAST) + (count(*) OVER (PARTITION BY n_markings) - 1) / 2)
            / count(n_markings) OVER ()
        END AS n_markings_rank,
        CASE WHEN votes_median IS NOT NULL THEN
            100.0 * (rank() OVER (ORDER BY votes_median NULLS LAST) + (count(*) OVER (PARTITION BY votes_median) - 1) / 2)
            / count(votes_median) OVER ()
        END AS votes_median_rank,
        CASE WHEN votes_total IS NOT NULL THEN
            100.0 * (rank() OVER (ORDER BY votes_total NULLS LAST) + (count(*) OVER (PARTITION BY votes_total) - 1) / 2)
            / count(votes_total) OVER ()
        END AS votes_total_rank
    FROM tiles
),
rated AS (
    SELECT
        * EXCLUDE (angle_scatter_rank, pos_scatter_rank, size_scatter_rank, n_markings_rank, votes_median_rank, votes_total_rank),
        list_aggregate([angle_scatter_rank, pos_scatter_rank, size_scatter_rank], 'median') AS scatter_rank,
        list_aggregate([n_markings_rank, votes_median_rank, votes_total_rank], 'median') AS support_rank
    FROM ranked
)
SELECT
    *,
    CASE
        WHEN support_rank IS NULL OR scatter_rank IS NULL THEN NULL
        WHEN support_rank >= 50 AND scatter_rank < 50 THEN 'consistent'
        WHEN support_rank >= 50 THEN 'contested'
        WHEN scatter_rank < 50 THEN 'sparse'
        ELSE 'noisy'
    END AS quality_class
FROM rated
ORDER BY tile_id
