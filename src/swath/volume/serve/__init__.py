"""A server of the WEBKNOSSOS HTTP interface over a folder of datasets."""

from swath.volume.serve.service import running, serve

__all__ = ["running", "serve"]
