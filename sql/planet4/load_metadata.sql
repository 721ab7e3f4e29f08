-- When each observation was taken; the first row of an observation counts.
-- needs: OBSERVATION_ID, START_TIME
SELECT
    CAST("OBSERVATION_ID" AS VARCHAR) AS obsid,
    CAST("START_TIME" AS TIMESTAMP) AS acquisition_date
FROM source
WHERE "OBSERVATION_ID" IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY "OBSERVATION_ID" ORDER BY rowid) = 1
