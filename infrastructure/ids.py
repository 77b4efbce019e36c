"""Ids: 16 letters and digits that sort by time.

They are short because every row and key of the store contains them: with the 26 characters of a
ULID an import writes a quarter more.
"""

import os
from collections.abc import Callable
from threading import Lock

from application.ports import Clock, Ids

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_RANDOM_BITS = 32
_LOW_BITS = 40
_LOW_MASK = (1 << _LOW_BITS) - 1


def time_ordered_ids(clock: Clock, randomness: Callable[[int], bytes] = os.urandom) -> Ids:
    """A source of ids, each of which sorts after the one before it from the same source.

    48 bits of milliseconds, then 32 random bits; within a millisecond, or if the clock goes back,
    the last id plus one. Ids need to differ within one account only.
    """
    lock = Lock()
    last = 0
    above, above_text = -1, ""

    def new_id() -> str:
        nonlocal last, above, above_text
        milliseconds = int(clock().timestamp() * 1000)
        with lock:
            if milliseconds > last >> _RANDOM_BITS:
                last = milliseconds << _RANDOM_BITS | int.from_bytes(randomness(4), "big")
            else:
                last += 1
            # Ids of the same moment differ only in their last characters.
            if last >> _LOW_BITS != above:
                above = last >> _LOW_BITS
                above_text = _text(above)
            return above_text + _text(last & _LOW_MASK)

    return new_id


_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]


def _text(number: int) -> str:
    """40 bits as 8 characters of 5 bits each."""
    return (
        _PAIRS[number >> 30]
        + _PAIRS[number >> 20 & 1023]
        + _PAIRS[number >> 10 & 1023]
        + _PAIRS[number & 1023]
    )
