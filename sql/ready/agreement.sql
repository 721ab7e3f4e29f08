-- The most frequent answer to each question about each subject, its share, and the agreement: 1 less the answers' normalised entropy.
-- tables: annotations
WITH answers AS (
    SELECT
        workflow_id, subject_id, task,
        coalesce(value_text, array_to_string(list_sort(value_list), ' + ')) AS answer
    FROM annotations
    WHERE marks IS NULL
),
votes AS (
    SELECT workflow_id, subject_id, task, answer, count(*) AS votes
    FROM answers
    WHERE answer IS NOT NULL
    GROUP BY ALL
),
totals AS (
    SELECT
        workflow_id, subject_id, task,
        arg_max(answer, (votes, answer)) AS answer,
        max(votes) AS votes,
        sum(votes) AS total,
        count(*) AS answers,
        ln(sum(votes)) - sum(votes * ln(votes)) / sum(votes) AS entropy
    FROM votes
    GROUP BY ALL
)
SELECT
    workflow_id, subject_id, task, answer, votes,
    CAST(total AS BIGINT) AS total,
    round(votes / total, 4) AS share,
    round(CASE WHEN answers = 1 THEN 1 ELSE 1 - entropy / ln(answers) END, 4) AS agreement
FROM totals
ORDER BY ALL
