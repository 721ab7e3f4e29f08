"""The forms in which people name a dataset: its page's address, a short link, a name, an id."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from swath.volume.errors import AgreementError
from swath.volume.remote.connection import step
from swath.volume.remote.context import Context, current_context
from swath.volume.remote.errors import NoSuchRemoteError
from swath.volume.remote.server import Server, server_of

_ID = re.compile(r"[0-9a-f]{24}")
_NAMED_ID = re.compile(r"(?:.*-)?([0-9a-f]{24})")


@dataclass(frozen=True)
class Address:
    """What the address of a page says: the server, the dataset by id or by organization and name, a sharing token."""

    url: str
    identity: str | None = None
    organization: str | None = None
    name: str | None = None
    sharing_token: str | None = None
    short_link: str | None = None


@dataclass(frozen=True)
class Located:
    """A dataset that was found: on which server, by which id, with which sharing token."""

    server: Server
    identity: str
    sharing_token: str | None


def parse_address(text: str) -> Address | None:
    """Read ``URL/datasets/NAME-ID/view``, the older ``URL/datasets/ORGANIZATION/NAME``, or ``URL/links/KEY``.

    None for what is no address of a dataset.
    """
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    before, kind, after = _split_path(parts.path)
    url = f"{parts.scheme}://{parts.netloc}{before}"
    steps = [unquote(step) for step in after]
    if kind == "links" and len(steps) == 1:
        return Address(url, short_link=steps[0])
    if kind != "datasets" or not steps:
        return None
    query = parse_qs(parts.query)
    token = next(iter(query.get("token", []) + query.get("sharingToken", [])), None)
    rest = steps[:-1] if steps[-1] == "view" else steps
    if len(rest) == 1 and (match := _NAMED_ID.fullmatch(rest[0])):
        return Address(url, identity=match[1], sharing_token=token)
    if len(rest) == 2:
        return Address(url, organization=rest[0], name=rest[1], sharing_token=token)
    return None


def _split_path(path: str) -> tuple[str, str, list[str]]:
    """Split at the first ``/datasets/`` or ``/links/``."""
    match = re.fullmatch(r"(.*?)/(datasets|links)/(.+?)/?", path)
    return ("", "", []) if match is None else (match[1], match[2], match[3].split("/"))


def locate(
    name_or_url: str | None,
    organization_id: str | None = None,
    sharing_token: str | None = None,
    webknossos_url: str | None = None,
    dataset_id: str | None = None,
) -> Located:
    """Find the dataset that is meant; an address is not to be given together with what it says itself.

    Raises AgreementError where it is, or where nothing is named; NoSuchRemoteError where no such dataset is shown.
    """
    if (name_or_url is None) == (dataset_id is None):
        raise AgreementError("Please supply either a dataset_id or a dataset name or url.")
    context = current_context()
    address = None if name_or_url is None else parse_address(name_or_url)
    if address is None:
        server = server_of(context.at(webknossos_url, None))
        identity = dataset_id or _id_of(server, str(name_or_url), organization_id, sharing_token)
        return Located(server, identity, sharing_token)
    if organization_id or sharing_token or webknossos_url:
        raise AgreementError(
            "When an url is given, e.g. https://webknossos.org/datasets/scalable_minds/l4_sample_dev/view, "
            "organization_id, sharing_token and webknossos_url must not be set."
        )
    return _follow(address, context)


def _follow(address: Address, context: Context) -> Located:
    server = server_of(context.at(address.url, None))
    if address.short_link is not None:
        target = parse_address(server.api.get(f"/shortLinks/byKey/{step(address.short_link)}").json()["longLink"])
        if target is None or target.short_link is not None:
            raise NoSuchRemoteError(f"the link {address.short_link} leads to no dataset")
        return _follow(target, context)
    if address.identity is not None:
        return Located(server, address.identity, address.sharing_token)
    assert address.name is not None  # noqa: S101  (what parse_address gives)
    found = server.id_of(address.name, address.organization)
    return Located(server, found, address.sharing_token)


def _id_of(server: Server, name: str, organization: str | None, sharing_token: str | None) -> str:
    """Find an id; what looks like one is taken for a name only where no dataset has it."""
    if _ID.fullmatch(name):
        try:
            return str(server.dataset(name, sharing_token)["id"])
        except NoSuchRemoteError:
            pass
    return server.id_of(name, organization)
