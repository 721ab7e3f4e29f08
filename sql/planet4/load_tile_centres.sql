-- Where the centre of each tile is in its observation and on Mars; the first row of a tile counts.
-- needs: tile_id, x_tile, y_tile, obsid, BodyFixedCoordinateX, BodyFixedCoordinateY, BodyFixedCoordinateZ
SELECT
    CAST(obsid AS VARCHAR) AS obsid,
    CAST(x_tile AS DOUBLE) AS x_tile,
    CAST(y_tile AS DOUBLE) AS y_tile,
    CAST("BodyFixedCoordinateX" AS DOUBLE) AS x,
    CAST("BodyFixedCoordinateY" AS DOUBLE) AS y,
    CAST("BodyFixedCoordinateZ" AS DOUBLE) AS z
FROM source
WHERE obsid IS NOT NULL AND "BodyFixedCoordinateX" IS NOT NULL AND x_tile IS NOT NULL AND y_tile IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY tile_id, obsid ORDER BY rowid) = 1
ORDER BY obsid, y_tile, x_tile
