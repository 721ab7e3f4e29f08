-- The place of each tile in its observation; the first row of a tile counts.
-- needs: tile_id, x_tile, y_tile, obsid
SELECT
    CAST(tile_id AS VARCHAR) AS tile_id,
    CAST(x_tile AS DOUBLE) AS x_tile,
    CAST(y_tile AS DOUBLE) AS y_tile,
    CAST(obsid AS VARCHAR) AS obsid
FROM source
WHERE tile_id IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY tile_id ORDER BY rowid) = 1
