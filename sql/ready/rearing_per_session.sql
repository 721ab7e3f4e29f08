-- How long and how often the mouse of each session reared: its mean height is above 1.25 times the session's median.
-- tables: scalars
WITH heights AS (
    SELECT
        session, frame, time_ms, height_ave_mm,
        height_ave_mm > 1.25 * median(height_ave_mm) OVER (PARTITION BY session) AS rears
    FROM scalars
    WHERE centroid_x_px IS NOT NULL
),
changes AS (
    SELECT
        *,
        rears AND NOT coalesce(lag(rears) OVER (PARTITION BY session ORDER BY frame), false) AS begins
    FROM heights
)
SELECT
    session,
    count(*) FILTER (begins) AS times,
    count(*) FILTER (rears) AS frames,
    round(count(*) FILTER (rears) / count(*), 4) AS share,
    round(count(*) FILTER (rears) / count(*) * (max(time_ms) - min(time_ms)) / 1000, 1) AS seconds,
    round(CAST(max(height_ave_mm) AS DOUBLE), 1) AS highest_mm
FROM changes
GROUP BY session
ORDER BY session
