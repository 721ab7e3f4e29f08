-- How long volunteers took for a classification in each workflow; times below 0 s or above 1 h are left out.
-- tables: classifications
SELECT
    workflow_id,
    count(*) AS classifications,
    round(median(seconds), 1) AS median_seconds,
    round(avg(seconds), 1) AS mean_seconds,
    round(sum(seconds) / 3600, 1) AS hours
FROM classifications
WHERE seconds BETWEEN 0 AND 3600
GROUP BY ALL
ORDER BY ALL
