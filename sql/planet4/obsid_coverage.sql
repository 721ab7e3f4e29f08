-- How the coverage of an observation's tiles is distributed.
SELECT
    obsid,
    avg("Coverage") AS "Coverage_mean",
    median("Coverage") AS "Coverage_median",
    stddev_samp("Coverage") AS "Coverage_std",
    CASE WHEN count(*) >= 3 THEN skewness("Coverage") END AS "Coverage_skew",
    kurtosis_pop("Coverage") AS "Coverage_kurtosis",
    avg("Coverage") / median("Coverage") AS "Homogeneity"
FROM coverage
GROUP BY obsid
ORDER BY obsid
