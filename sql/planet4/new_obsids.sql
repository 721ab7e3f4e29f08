-- The observations of an output that the published catalogue does not have.
SELECT DISTINCT image_name
FROM markings
WHERE coalesce(image_name, '') <> '' AND image_name NOT IN (SELECT obsid FROM tile_coords WHERE obsid IS NOT NULL)
ORDER BY image_name
