"""Reads and normalises a file in a second process, ahead of the one that decides and writes."""

import multiprocessing
import pickle
import signal
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from multiprocessing.connection import Connection
from typing import Any

from application.jobs.job import Interrupted, ReadRow
from application.refusals import Refused
from domain.identifiers import ContactPoint, identifiers_of
from domain.records import Record, ValueRefused
from infrastructure.formats.contact_file import ContactFile
from infrastructure.formats.rows import read_row
from infrastructure.formats.table import Row
from infrastructure.garbage import garbage_collected_seldom

SMALL = 200_000
"""Files with fewer bytes are read in this process: starting another one takes longer."""
_AHEAD = 5
"""How many batches are unpacked or awaited ahead."""


def read_batches(file: ContactFile, region: str | None, size: int) -> Generator[list[ReadRow]]:
    """The rows of a file in batches, each row with its number and its record or refusal.

    Close it to end the process that reads ahead. Raises Refused if the file cannot be read further.
    """
    if file.path.stat().st_size < SMALL:
        yield from _batches_here(file, region, size)
    else:
        yield from _batches_ahead(file, region, size)


def _batches_here(file: ContactFile, region: str | None, size: int) -> Iterator[list[ReadRow]]:
    rows = file.rows()
    while batch := [read_as_record(row, file, region) for row in islice(rows, size)]:
        yield batch


def read_as_record(row: Row, file: ContactFile, region: str | None) -> ReadRow:
    """A row with its record, or why it is rejected."""
    try:
        return ReadRow(row.number, read_row(row, file.columns, region), row.cells)
    except ValueRefused as refused:
        return ReadRow(row.number, refused, row.cells)


def _batches_ahead(file: ContactFile, region: str | None, size: int) -> Iterator[list[ReadRow]]:
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    reader = context.Process(
        target=_read_and_send, args=(file, region, size, sender), daemon=True, name="read-ahead"
    )
    reader.start()
    sender.close()  # so that the pipe ends when the reader ends
    # The thread ends before the pipe is closed. Otherwise it might read from the next file that is
    # opened under the same number, which would then lack these bytes.
    with receiver, ThreadPoolExecutor(1) as thread:
        try:
            ahead = deque(thread.submit(_receive, file, receiver) for _ in range(_AHEAD))
            while batch := ahead.popleft().result():
                ahead.append(thread.submit(_receive, file, receiver))
                yield batch
        finally:
            reader.terminate()
            reader.join()


def _receive(file: ContactFile, receiver: Connection) -> list[ReadRow]:
    """Unpack a batch, in a thread, which costs no time while the main one waits for the disk."""
    try:
        batch: list[Any] | str = pickle.loads(receiver.recv_bytes())  # noqa: S301 - our own
    except (EOFError, OSError):
        reason = f"{file.path}: the process that reads it ended before the file did"
        raise Interrupted(reason) from None
    if isinstance(batch, str):
        raise Refused(batch)
    return [_unpack(row) for row in batch]


def _read_and_send(file: ContactFile, region: str | None, size: int, sender: Connection) -> None:
    """Send the batches, then an empty one, or the reason why the file cannot be read further."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent process
    try:
        with garbage_collected_seldom():
            for batch in _batches_here(file, region, size):
                sender.send_bytes(pickle.dumps([_pack(row) for row in batch], protocol=5))
        sender.send_bytes(pickle.dumps([], protocol=5))
    except Refused as refused:
        sender.send_bytes(pickle.dumps(str(refused)))
    except BrokenPipeError:
        pass  # the parent process is gone


def _pack(row: ReadRow) -> tuple[Any, ...]:
    """A row as plain tuples, which cost a fifth of objects to send to another process."""
    record = row.record
    if isinstance(record, ValueRefused):
        return row.number, record.field, record.reason, row.cells
    return (
        row.number,
        record.external_id,
        record.name,
        _pack_points(record.phones),
        _pack_points(record.emails),
        record.attributes,
        record.fingerprint,
        record.fingerprint_as_written,
    )


def _pack_points(points: tuple[ContactPoint, ...] | None) -> list[tuple[str | None, ...]] | None:
    if points is None:
        return None
    return [(point.written, point.canonical, point.label, point.region) for point in points]


def _unpack(packed: tuple[Any, ...]) -> ReadRow:
    if len(packed) == 4:
        number, field, reason, cells = packed
        return ReadRow(number, ValueRefused(field, reason), cells)
    number, external_id, name, phones, emails, attributes, fingerprint, as_written = packed
    record = Record(
        source="csv",
        external_id=external_id,
        name=name,
        phones=None if phones is None else tuple(ContactPoint(*point) for point in phones),
        emails=None if emails is None else tuple(ContactPoint(*point) for point in emails),
        attributes=attributes,
    )
    # The reader has computed the fingerprints; the identifiers cost less in this thread.
    vars(record).update(
        fingerprint=fingerprint,
        fingerprint_as_written=as_written,
        identifiers=identifiers_of(record.phones or (), record.emails or ()),
    )
    return ReadRow(number, record, [])
