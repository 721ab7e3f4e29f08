"""Times against Python's datetime."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swath.kernels.times import parse_times

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = st.one_of(
    st.just(UTC), st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
)


def parse(*texts):
    encoded = [text.encode() for text in texts]
    offsets = np.concatenate([[0], np.cumsum([len(text) for text in encoded])]).astype(np.int64)
    values, good = parse_times(np.frombuffer(b"".join(encoded), np.uint8), offsets)
    return [int(value) if fine else None for value, fine in zip(values, good, strict=True)]


def micros(time):
    return (time - EPOCH) // timedelta(microseconds=1)


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=ZONES))
def test_iso_times(time):
    assert parse(time.isoformat()) == [micros(time)]
    assert parse(time.isoformat(" ")) == [micros(time)]


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(lambda t: t.replace(microsecond=0, tzinfo=UTC)))
def test_times_of_exports(time):
    written = time.strftime("%Y-%m-%d %H:%M:%S UTC")
    short = f"{time:%Y-%m-%d} {time.hour}:{time:%M:%S} UTC"
    assert parse(written, short, time.strftime("%Y-%m-%dT%H:%M:%SZ")) == [micros(time)] * 3


@pytest.mark.parametrize("text", [
    "", "2024", "2024-13-01 00:00:00 UTC", "2023-02-29 00:00:00 UTC", "2024-01-01 24:00:00 UTC", "2024-01-01 1:2:3 UTC",
    "2024-01-01 00:60:00 UTC", "2024-01-01 00:00:61 UTC", "2024-01-01 00:00:00 PST", "2024/01/01 00:00:00 UTC",
    "2024-01-01 00:00", "2024-01-01 :00:00:00 UTC", "x024-01-01 00:00:00 UTC", "2024-01-01 00:00:00 UTC ",
])  # fmt: skip
def test_what_is_no_time(text):
    assert parse(text) == [None]
