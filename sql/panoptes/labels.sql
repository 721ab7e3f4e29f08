-- The type and label of each element that was seen, as of the version that was classified in or the latest before it.
WITH wanted AS (
    SELECT DISTINCT workflow_id, version, task, place FROM seen
),
found AS (
    SELECT w.workflow_id, w.version, w.task, w.place, e.type, e.label
    FROM wanted AS w
    ASOF JOIN elements AS e
        ON w.workflow_id = e.workflow_id AND w.task = e.task AND w.place = e.place AND w.version >= e.version
)
SELECT f.type, f.label
FROM seen AS s
LEFT JOIN found AS f
    ON s.workflow_id = f.workflow_id AND s.version = f.version AND s.task = f.task AND s.place = f.place
ORDER BY s.row
