-- How often each subject was classified, by how many volunteers, and how often again by the same one.
-- tables: classifications
SELECT
    workflow_id,
    subject_id,
    count(*) AS classifications,
    count(*) FILTER (WHERE repeat = 1) AS volunteers,
    count(*) FILTER (WHERE repeat > 1) AS repeats
FROM classifications
GROUP BY ALL
ORDER BY classifications DESC, workflow_id, subject_id
