-- Where each classification's tile lies, when it was photographed, and where its picture is.
SELECT
    c.row,
    coalesce(c.image_name, t.obsid) AS image_name,
    coalesce(c.x_tile, t.x_tile) AS x_tile,
    coalesce(c.y_tile, t.y_tile) AS y_tile,
    m.acquisition_date,
    CASE WHEN $urls THEN s.image_url ELSE '' END AS image_url
FROM classifications AS c
LEFT JOIN tile_coords AS t ON $fill AND (c.image_name IS NULL OR c.x_tile IS NULL OR c.y_tile IS NULL) AND c.image_id = t.tile_id
LEFT JOIN metadata AS m ON m.obsid = coalesce(c.image_name, t.obsid)
LEFT JOIN subjects AS s ON s.subject_id = c.subject_id
ORDER BY c.row
