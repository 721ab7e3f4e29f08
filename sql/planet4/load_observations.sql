-- When and how each observation was taken; the first row of an observation counts.
-- needs: OBSERVATION_ID, START_TIME, SOLAR_LONGITUDE, north_azimuth, map_scale
SELECT
    CAST("OBSERVATION_ID" AS VARCHAR) AS obsid,
    CAST("START_TIME" AS TIMESTAMP) AS start_time,
    CAST("SOLAR_LONGITUDE" AS DOUBLE) AS l_s,
    CAST(north_azimuth AS DOUBLE) AS north_azimuth,
    CAST(map_scale AS DOUBLE) AS map_scale
FROM source
WHERE "OBSERVATION_ID" IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY "OBSERVATION_ID" ORDER BY rowid) = 1
