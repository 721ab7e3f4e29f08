"""Reading times as exports write them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swath.kernels.compiled import compiled

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]


@compiled
def _two_digits(data: Bytes, i: int, stop: int) -> int:
    """Read two digits at i; below 0 where they are not there."""
    if i + 2 > stop:
        return -1
    tens, ones = np.int64(data[i]) - 48, np.int64(data[i + 1]) - 48
    return 10 * tens + ones if 0 <= tens <= 9 and 0 <= ones <= 9 else -1


@compiled
def _days_from_civil(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 of a Gregorian date.

    Source: H. Hinnant, "chrono-compatible low-level date algorithms".
    """
    y = year - 1 if month <= 2 else year
    era = y // 400
    of_era = y - era * 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


@compiled
def _days_in_month(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month == 4 or month == 6 or month == 9 or month == 11 else 31


@compiled
def _zone(data: Bytes, i: int, stop: int) -> tuple[bool, int]:
    """Read what follows the seconds: nothing, Z, UTC, or an offset such as +02:00: whether it is one, and minutes."""
    while i < stop and data[i] == 32:
        i += 1
    if i == stop or (i + 1 == stop and data[i] == 90):
        return True, 0
    if i + 3 == stop and data[i] == 85 and data[i + 1] == 84 and data[i + 2] == 67:
        return True, 0
    if data[i] != 43 and data[i] != 45:
        return False, 0
    sign = 1 if data[i] == 43 else -1
    hours = _two_digits(data, i + 1, stop)
    minute = i + 3
    if minute < stop and data[minute] == 58:
        minute += 1
    minutes = _two_digits(data, minute, stop)
    if hours < 0 or minutes < 0 or minute + 2 != stop:
        return False, 0
    return True, sign * (60 * hours + minutes)


@compiled
def parse_times(data: Bytes, offsets: Offsets) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Read texts, data[offsets[i]:offsets[i + 1]], such as ``2019-10-24 18:23:02 UTC`` or ``2020-02-21T09:44:28.745Z``.

    Gives microseconds since 1970 in UTC, and whether each text was a time. A time without a zone counts as UTC.
    """
    values = np.zeros(offsets.size - 1, np.int64)
    good = np.zeros(offsets.size - 1, np.bool_)
    for t in range(offsets.size - 1):
        i, stop = offsets[t], offsets[t + 1]
        if stop - i < 18 or data[i + 4] != 45 or data[i + 7] != 45 or (data[i + 10] != 32 and data[i + 10] != 84):
            continue
        hour_digits = 1 if data[i + 12] == 58 else 2
        clock = i + 11 + hour_digits
        if stop - clock < 6 or data[clock] != 58 or data[clock + 3] != 58:
            continue
        century, of_century = _two_digits(data, i, stop), _two_digits(data, i + 2, stop)
        month, day = _two_digits(data, i + 5, stop), _two_digits(data, i + 8, stop)
        hour = _two_digits(data, i + 11, stop) if hour_digits == 2 else np.int64(data[i + 11]) - 48
        minute, second = _two_digits(data, clock + 1, stop), _two_digits(data, clock + 4, stop)
        year = 100 * century + of_century
        if century < 0 or of_century < 0 or month < 1 or month > 12 or day < 1 or day > _days_in_month(year, month):
            continue
        if hour < 0 or hour > (23 if hour_digits == 2 else 9) or minute < 0 or minute > 59 or second < 0 or second > 59:
            continue
        i = clock + 6
        fraction = 0
        if i < stop and data[i] == 46:
            i += 1
            scale = 100000
            while i < stop and 48 <= data[i] <= 57:
                fraction += scale * (np.int64(data[i]) - 48)
                scale //= 10
                i += 1
        zoned, ahead = _zone(data, i, stop)
        if not zoned:
            continue
        seconds = _days_from_civil(year, month, day) * 86400 + hour * 3600 + (minute - ahead) * 60 + second
        values[t] = seconds * 1000000 + fraction
        good[t] = True
    return values, good


@compiled
def _put_number(out: Bytes, o: int, value: int, digits: int) -> None:
    for k in range(o + digits - 1, o - 1, -1):
        out[k] = 48 + value % 10
        value //= 10


@compiled
def format_times(values: npt.NDArray[np.int64]) -> Bytes:
    """Write microseconds since 1970 in UTC as ``2019-10-24 18:23:02 UTC``, of shape (times, 23); years 0 to 9999.

    Source: H. Hinnant, "chrono-compatible low-level date algorithms".
    """
    out = np.empty((values.size, 23), np.uint8)
    for t in range(values.size):
        seconds = values[t] // 1000000
        days = seconds // 86400 + 719468
        era = days // 146097
        of_era = days - era * 146097
        year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
        of_year = of_era - (365 * year + year // 4 - year // 100)
        shifted = (5 * of_year + 2) // 153
        month = shifted + (3 if shifted < 10 else -9)
        row = out[t]
        _put_number(row, 0, year + era * 400 + (1 if month <= 2 else 0), 4)
        _put_number(row, 5, month, 2)
        _put_number(row, 8, of_year - (153 * shifted + 2) // 5 + 1, 2)
        clock = seconds % 86400
        _put_number(row, 11, clock // 3600, 2)
        _put_number(row, 14, clock // 60 % 60, 2)
        _put_number(row, 17, clock % 60, 2)
        row[4] = row[7] = 45
        row[10] = row[19] = 32
        row[13] = row[16] = 58
        row[20], row[21], row[22] = 85, 84, 67
    return out
