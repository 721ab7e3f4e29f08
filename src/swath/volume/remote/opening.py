"""Opening a dataset on a server."""

from __future__ import annotations

from swath.volume.remote.addresses import locate
from swath.volume.remote.dataset import RemoteDataset


def open_remote(
    dataset_name_or_url: str | None = None,
    organization_id: str | None = None,
    sharing_token: str | None = None,
    webknossos_url: str | None = None,
    dataset_id: str | None = None,
) -> RemoteDataset:
    """Open a dataset on a server by its name, its id or the address of its page; voxels are read as they are needed.

    Server and token are those of ``webknossos_context``, else of ``WK_URL`` and ``WK_TOKEN``; a token goes to no other
    server. Raises AgreementError where an address and what it says itself are both given, NoSuchRemoteError where the
    server does not show such a dataset, RemoteError where it does not answer.
    """
    return RemoteDataset.located(
        locate(dataset_name_or_url, organization_id, sharing_token, webknossos_url, dataset_id)
    )
