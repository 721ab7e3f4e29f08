"""Datasets on WEBKNOSSOS servers: opened, described, downloaded, uploaded."""

from swath.volume.remote.context import webknossos_context
from swath.volume.remote.dataset import RemoteDataset
from swath.volume.remote.folders import RemoteFolder
from swath.volume.remote.links import LayerToLink
from swath.volume.remote.teams import Team

__all__ = ["LayerToLink", "RemoteDataset", "RemoteFolder", "Team", "webknossos_context"]
