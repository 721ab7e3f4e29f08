"""Pictures of Planet Four: the markings of a tile in each step, and the directions of an observation's fans."""
