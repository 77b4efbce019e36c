"""The digest chain: every event commits to all before it.

The chain contains a salted hash of each payload, not the payload. So a payload can be erased and
its hash kept instead, and the chain still proves that nothing else was changed.
"""

from hashlib import sha256

GENESIS = bytes(32)
SALT_BYTES = 16


def payload_hash(salt: bytes, payload: bytes) -> bytes:
    """The hash of a payload in the chain. `salt`: 16 random bytes, so that it cannot be guessed."""
    return sha256(salt + payload).digest()


def link(
    previous: bytes,
    hashed: bytes,
    *,
    position: int,
    stream: str,
    version: int,
    topic: str,
    at: int,
) -> bytes:
    """The digest of an event: 32 bytes. `at`: microseconds since 1970, UTC."""
    place = f"{position}\n{stream}\n{version}\n{topic}\n{at}"
    return sha256(previous + hashed + place.encode()).digest()
