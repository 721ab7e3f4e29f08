-- How far the mouse of each session went, over the frames where it is seen, and how fast it was.
-- tables: scalars
SELECT
    session,
    count(*) AS frames,
    count(centroid_x_mm) AS with_mouse,
    round((max(time_ms) - min(time_ms)) / 1000, 1) AS seconds,
    round(sum(velocity_2d_mm) / 1000, 3) AS metres,
    round(sum(velocity_2d_mm) / nullif((max(time_ms) - min(time_ms)) / 1000, 0), 1) AS mm_per_second
FROM scalars
GROUP BY session
ORDER BY session
