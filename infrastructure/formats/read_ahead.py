"""Reads and normalises a file in a second process, ahead of the one that decides and writes."""

import json
import multiprocessing
import signal
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.msgpack import Decoder, Encoder

from application.jobs.job import Interrupted, ReadRow
from application.refusals import Refused
from domain.identifiers import Identifier
from domain.records import Record, ValueRefused
from infrastructure.formats.contact_file import ContactFile
from infrastructure.formats.rows import read_row
from infrastructure.formats.table import Row
from infrastructure.garbage import garbage_collected_seldom

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

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


def _receive(file: ContactFile, receiver: "Connection") -> list[ReadRow]:
    """Unpack a batch, in a thread, which costs no time while the main one waits for the disk."""
    try:
        batch = _unpack(receiver.recv_bytes())
    except (EOFError, OSError):
        reason = f"{file.path}: the process that reads it ended before the file did"
        raise Interrupted(reason) from None
    if isinstance(batch, str):
        raise Refused(json.loads(batch))
    return [each.row() for each in batch]


def _read_and_send(file: ContactFile, region: str | None, size: int, sender: "Connection") -> None:
    """Send the batches, then an empty one, or the reason why the file cannot be read further."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent process
    try:
        with garbage_collected_seldom():
            for batch in _batches_here(file, region, size):
                sender.send_bytes(_pack([_packed(row) for row in batch]))
        sender.send_bytes(_pack([]))
    except Refused as refused:
        sender.send_bytes(_pack(json.dumps(str(refused))))
    except BrokenPipeError:
        pass  # the parent process is gone


class _Read(Struct, array_like=True, tag=0, gc=False):
    """A row with what the reader has computed of its record besides."""

    number: int
    record: Record
    fingerprint: int
    fingerprint_as_written: int
    identifiers: tuple[Identifier, ...]
    matchable: tuple[Identifier, ...] | None
    """None: all of them."""

    def row(self) -> ReadRow:
        record = self.record
        vars(record).update(
            fingerprint=self.fingerprint,
            fingerprint_as_written=self.fingerprint_as_written,
            identifiers=self.identifiers,
            matchable=self.identifiers if self.matchable is None else self.matchable,
        )
        return ReadRow(self.number, record, [])


class _Rejected(Struct, array_like=True, tag=1):
    """A row that is rejected. `told`: field, reason and cells as JSON, which takes any text."""

    number: int
    told: str

    def row(self) -> ReadRow:
        field, reason, cells = json.loads(self.told)
        return ReadRow(self.number, ValueRefused(field, reason), cells)


_pack = Encoder().encode
_unpack = Decoder(list[_Read | _Rejected] | str).decode


def _packed(row: ReadRow) -> _Read | _Rejected:
    record = row.record
    if isinstance(record, ValueRefused):
        told = json.dumps([record.field, record.reason, [*row.cells]])
        return _Rejected(row.number, told)
    identifiers, matchable = record.identifiers, record.matchable
    fewer = None if matchable is identifiers else matchable
    return _Read(
        number=row.number,
        record=record,
        fingerprint=record.fingerprint,
        fingerprint_as_written=record.fingerprint_as_written,
        identifiers=identifiers,
        matchable=fewer,
    )
