-- How long volunteers took for a classification in each workflow; times below 0 s or above 1 h are not measured.
-- tables: classifications
SELECT
    workflow_id,
    count(*) AS classifications,
    count(measured) AS measured,
    round(median(measured), 1) AS median_seconds,
    round(avg(measured), 1) AS mean_seconds,
    round(sum(measured) / 3600, 1) AS hours
FROM (SELECT workflow_id, CASE WHEN seconds BETWEEN 0 AND 3600 THEN seconds END AS measured FROM classifications)
GROUP BY ALL
ORDER BY ALL
