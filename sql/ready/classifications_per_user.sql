-- How many classifications and subjects each volunteer did, and when the first and the last.
-- tables: classifications
SELECT
    user_name,
    user_id,
    count(*) AS classifications,
    count(DISTINCT subject_id) AS subjects,
    min(created_at) AS first_at,
    max(created_at) AS last_at
FROM classifications
GROUP BY ALL
ORDER BY classifications DESC, user_name
