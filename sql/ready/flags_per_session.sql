-- How many frames of each session have a flag, such as no mouse or two mice, and the first of them.
-- tables: scalars
SELECT
    session,
    flag,
    count(*) AS frames,
    min(frame) AS first_frame
FROM (SELECT session, frame, unnest(string_split(flags, ', ')) AS flag FROM scalars WHERE flags <> '')
GROUP BY session, flag
ORDER BY session, frames DESC, flag
