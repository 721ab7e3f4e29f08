"""Planet Four: from the Panoptes export to the catalogue."""
