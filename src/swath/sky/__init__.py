"""Night-sky brightness from RAW frames of digital cameras."""
