"""The peer: p4tools converts a directory that holds an export and its look-up tables.

python benchmarks/peer_planet4.py DIR OUT
"""

import sys
from pathlib import Path

import p4tools.io
import pandas as pd

source, out = Path(sys.argv[1]), Path(sys.argv[2])
coords, metadata = pd.read_csv(source / "tile_coords.csv"), pd.read_csv(source / "metadata.csv")
p4tools.io.get_tile_coords = lambda: coords
p4tools.io.get_meta_data = lambda: metadata

from p4tools.panoptes_extract import extract_panoptes_classifications  # noqa: E402

out.mkdir(parents=True, exist_ok=True)
extract_panoptes_classifications(
    source / "planet-four-classifications.csv", source / "planet-four-subjects.csv", output_dir=out
)
