-- How much of each workflow's work the most active 1, 10 and 50 % of the volunteers did.
-- tables: classifications
WITH volunteers AS (
    SELECT workflow_id, user_name, count(*) AS done
    FROM classifications
    GROUP BY ALL
),
ranked AS (
    SELECT
        workflow_id, done,
        row_number() OVER (PARTITION BY workflow_id ORDER BY done DESC) AS place,
        count(*) OVER (PARTITION BY workflow_id) AS volunteers,
        sum(done) OVER (PARTITION BY workflow_id) AS total
    FROM volunteers
)
SELECT
    workflow_id,
    percent AS most_active_percent,
    count(*) AS volunteers,
    CAST(sum(done) AS BIGINT) AS classifications,
    round(sum(done) / any_value(total), 4) AS share
FROM ranked, (VALUES (1), (10), (50), (100)) AS levels (percent)
WHERE place <= ceil(volunteers * percent / 100)
GROUP BY ALL
ORDER BY ALL
