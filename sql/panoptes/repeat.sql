-- Which classification of its subject by its user each one is, within a workflow, by time.
SELECT
    row_number() OVER (
        PARTITION BY
            workflow_id, subject_id,
            coalesce('user ' || user_id, 'name ' || user_name, 'classification ' || classification_id)
        ORDER BY created_at, classification_id
    ) AS repeat
FROM classifications
ORDER BY row
