"""Statistics of a catalogue: the quality of tiles, the ground that markings cover, and how active observations are."""
