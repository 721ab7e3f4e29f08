-- How many subjects of each workflow are retired, and why.
-- tables: subjects
SELECT
    workflow_id,
    coalesce(retirement_reason, CASE WHEN retired_at IS NULL THEN 'not retired' ELSE 'no reason given' END) AS reason,
    count(*) AS subjects
FROM subjects
GROUP BY ALL
ORDER BY ALL
