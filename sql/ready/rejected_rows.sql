-- How many rows were set aside, and why, with an example of each.
-- tables: quarantine
SELECT reason, count(*) AS rows, min(detail) AS example, min("offset") AS first_offset
FROM quarantine
GROUP BY ALL
ORDER BY rows DESC, reason
