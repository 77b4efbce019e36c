"""Ids: 26 letters and digits that sort by time, in the form of a ULID."""

import os
from collections.abc import Callable
from threading import Lock

from application.ports import Clock, Ids

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_RANDOM_BITS = 80


def time_ordered_ids(clock: Clock, randomness: Callable[[int], bytes] = os.urandom) -> Ids:
    """A source of ids, each greater as text than the one before it from the same source.

    48 bits of milliseconds, then 80 random bits; within a millisecond, or if the clock goes back,
    the last id plus one.
    """
    lock = Lock()
    last = 0
    above, above_text = -1, ""

    def new_id() -> str:
        nonlocal last, above, above_text
        milliseconds = int(clock().timestamp() * 1000)
        with lock:
            if milliseconds > last >> _RANDOM_BITS:
                last = milliseconds << _RANDOM_BITS | int.from_bytes(randomness(10), "big")
            else:
                last += 1
            # Ids of one millisecond differ in their last characters alone.
            if last >> _LOW_BITS != above:
                above = last >> _LOW_BITS
                above_text = _text(above, 130 - _LOW_BITS)
            return above_text + _text(last & _LOW_MASK, _LOW_BITS)

    return new_id


_LOW_BITS = 40
_LOW_MASK = (1 << _LOW_BITS) - 1
_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]


def _text(number: int, bits: int) -> str:
    """Characters of 5 bits, two at a time."""
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(bits - 10, -1, -10)])
