-- Where the mouse of each session was: the share of its frames in fields of 50 by 50 mm, the twenty fullest.
-- tables: scalars
WITH fields AS (
    SELECT
        session,
        CAST(floor(centroid_x_mm / 50) * 50 AS INTEGER) AS from_x_mm,
        CAST(floor(centroid_y_mm / 50) * 50 AS INTEGER) AS from_y_mm,
        count(*) AS frames
    FROM scalars
    WHERE centroid_x_mm IS NOT NULL
    GROUP BY ALL
)
SELECT
    session, from_x_mm, from_y_mm, frames,
    round(frames / sum(frames) OVER (PARTITION BY session), 4) AS share
FROM fields
QUALIFY row_number() OVER (PARTITION BY session ORDER BY frames DESC, from_x_mm, from_y_mm) <= 20
ORDER BY session, frames DESC, from_x_mm, from_y_mm
