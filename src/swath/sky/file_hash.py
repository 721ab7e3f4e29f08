"""The hash by which copies of a frame are known."""

from __future__ import annotations

from swath.errors import MissingExtraError


def file_hash(content: bytes | memoryview) -> str:
    """Give the XXH3 hash of 128 bits of a file's content, in hexadecimal, as ``xxh128sum`` prints it.

    It is many times as fast as a cryptographic hash, and nobody forges frames of the sky. Raises MissingExtraError
    without its library.
    """
    try:
        from xxhash import xxh3_128_hexdigest  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("frames need xxhash", "pip install 'swath[sky]'") from error
    digest: str = xxh3_128_hexdigest(content)
    return digest
