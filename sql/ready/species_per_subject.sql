-- How many volunteers chose each choice of a survey for each subject.
-- tables: survey_answers
SELECT
    workflow_id, subject_id, task,
    coalesce(choice_label, choice) AS choice,
    count(DISTINCT classification_id) AS votes
FROM survey_answers
GROUP BY ALL
ORDER BY workflow_id, subject_id, task, votes DESC, choice
