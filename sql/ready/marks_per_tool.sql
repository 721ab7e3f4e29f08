-- How many marks were drawn with each tool, on how many subjects, in how many classifications.
-- tables: marks
SELECT
    workflow_id, task, tool, tool_type, tool_label,
    count(*) AS marks,
    count(DISTINCT subject_id) AS subjects,
    count(DISTINCT classification_id) AS classifications
FROM marks
GROUP BY ALL
ORDER BY ALL
