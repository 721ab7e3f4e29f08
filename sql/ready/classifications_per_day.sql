-- How many classifications were made on each day, and by how many volunteers.
-- tables: classifications
SELECT
    workflow_id,
    CAST(created_at AS DATE) AS day,
    count(*) AS classifications,
    count(DISTINCT user_name) AS volunteers
FROM classifications
GROUP BY ALL
ORDER BY ALL
