-- Of each volunteer's classifications of a tile, the first alone; fans, blotches and the rest of an observation in turn.
SELECT * EXCLUDE (section, place)
FROM markings
QUALIFY
    NOT $once
    OR user_name IS NULL
    OR classification_id = first_value(classification_id) OVER (
        PARTITION BY image_name, image_id, user_name
        ORDER BY created_at NULLS LAST, classification_id
    )
ORDER BY image_name, section, place
