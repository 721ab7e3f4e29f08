"""Names that come over the network: of datasets, of uploads, of the files in them."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import PurePosixPath

from swath.volume.serve.errors import refused

PRIVATE = ".swath-serve"
"""The folder, in the served one, of what the server keeps for itself."""

_DATASET = re.compile(r"[A-Za-z0-9_$@\-][A-Za-z0-9_$@\-.]{0,199}")
_UPLOAD = re.compile(r"[A-Za-z0-9_\-][A-Za-z0-9_\-:.]{0,149}")
_FORBIDDEN = re.compile(r'[\\:*?"<>|]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_LONGEST_PART, _LONGEST_PATH, _DEEPEST = 200, 1000, 32


def dataset_id(name: str) -> str:
    """Give the id of a dataset: 24 hexadecimal digits, as WEBKNOSSOS has them, that follow from its folder's name."""
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:24]


def problems_of_name(name: str) -> list[str]:
    """Say why a folder for a dataset cannot have a name; nothing if it can."""
    if not _DATASET.fullmatch(name):
        return [
            "a name has letters, digits, and any of _ - $ @ . in it, does not begin with a dot, and has 200 at most"
        ]
    if name.endswith(".") or _RESERVED.fullmatch(name):
        return [f"{name!r} names something else on some systems"]
    return []


def check_upload_id(upload_id: str) -> str:
    """Give an upload's id; raises RequestError for one that could be no folder's name."""
    if not _UPLOAD.fullmatch(upload_id) or upload_id.endswith("."):
        raise refused("the id of an upload has letters, digits, and any of _ - : . in it")
    return upload_id


def check_file_name(name: str) -> PurePosixPath:
    """Give the place of an uploaded file within its dataset; raises RequestError for a name that leads elsewhere.

    A name is refused that any system would read as another place: absolute, with ``..``, a backslash, a drive, a
    device, control characters, or blanks or dots at the end of a part.
    """
    parts = name.split("/")
    if len(name.encode("utf-8", "surrogatepass")) > _LONGEST_PATH or len(parts) > _DEEPEST:
        raise refused("the name of a file is too long")
    for part in parts:
        if not _is_plain(part):
            raise refused(f"{name!r} is no name for a file of a dataset")
    return PurePosixPath(*parts)


def _is_plain(part: str) -> bool:
    if part in ("", ".", "..") or part != part.strip() or part.endswith("."):
        return False
    if _FORBIDDEN.search(part) or _RESERVED.fullmatch(part) or part.casefold() == PRIVATE:
        return False
    if any(unicodedata.category(character)[0] == "C" for character in part):
        return False
    return len(part.encode()) <= _LONGEST_PART
