-- The region of interest that each observation is of; the first row of an observation counts.
-- needs: obsid, roi_name
SELECT CAST(obsid AS VARCHAR) AS obsid, CAST(roi_name AS VARCHAR) AS region
FROM source
WHERE obsid IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY obsid ORDER BY rowid) = 1
