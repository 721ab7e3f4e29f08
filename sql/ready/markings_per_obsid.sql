-- How many tiles and markings each observation has, and when it was taken.
-- tables: markings
SELECT
    image_name AS obsid,
    min(acquisition_date) AS acquisition_date,
    count(DISTINCT image_id) AS tiles,
    count(DISTINCT classification_id) AS classifications,
    count(*) FILTER (WHERE marking = 'fan') AS fans,
    count(*) FILTER (WHERE marking = 'blotch') AS blotches
FROM markings
GROUP BY ALL
ORDER BY obsid
