"""SQL over what was written: read-only, within limits, and shut off from all but the outputs' own files."""

from swath.query.ask import query, stream
from swath.query.outputs import Outputs

__all__ = ["Outputs", "query", "stream"]
