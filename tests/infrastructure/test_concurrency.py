"""Many writers of one account at once: none makes a second contact, fails, or waits for long."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from multiprocessing.synchronize import Barrier as ProcessBarrier
from multiprocessing.synchronize import Event as ProcessEvent
from threading import Barrier
from time import monotonic

import pytest

from application.commands.receive_records import receive_records
from application.documents.decisions import Outcome
from application.reads.contacts import find_contacts
from domain.records import Record, read_record
from infrastructure.account_log.log import EventLog
from tests.forked import forked
from tests.stores import Place

ACCOUNT = "default"
PHONE = "+13195555677"
THREADS = 64
PROCESSES = 4
RECORDS_A_PROCESS = 40
BATCH = 2_000
BATCHES_ALONE = 3
BATCHES = 5
FEW_BATCHES = 3
"""The longest wait of any command, in batches that were not disturbed."""

_start: ProcessBarrier
_stop: ProcessEvent


def set_process_up(start: ProcessBarrier, stop: ProcessEvent) -> None:
    """Runs in every process of a pool before its tasks."""
    global _start, _stop
    _start, _stop = start, stop


@pytest.fixture
def log(place: Place) -> Iterator[EventLog]:
    with closing(place.create(ACCOUNT)) as log:
        yield log


def caller(name: str) -> Record:
    """A record with the phone that all records share."""
    return read_record(source="csv", region="US", name=name, phones=[PHONE])


def check_one_contact(log: EventLog, records: int) -> None:
    verified = log.verify()
    assert (verified.problems, verified.contacts) == ((), 1)
    with log.reading() as reading:
        (contact,) = find_contacts(reading).items
        assert contact.phones[0].records_total == records


@pytest.mark.parametrize("each_opens_the_account", [False, True])
def test_threads_with_one_phone_make_one_contact(
    log: EventLog, place: Place, each_opens_the_account: bool
) -> None:
    together = Barrier(THREADS)

    def receive(number: int) -> Outcome:
        own = place.open(ACCOUNT) if each_opens_the_account else log
        together.wait()
        (result,) = receive_records(own, [caller(f"Thread {number}")], by="sender")
        if own is not log:
            own.close()
        return result.outcome

    with ThreadPoolExecutor(THREADS) as pool:
        outcomes = Counter(pool.map(receive, range(THREADS)))
    assert outcomes == {"created": 1, "merged": THREADS - 1}
    check_one_contact(log, THREADS)


def receive_one_by_one(place: Place, process: int) -> Counter[Outcome]:
    log = place.open(ACCOUNT)
    outcomes: Counter[Outcome] = Counter()
    _start.wait()
    for number in range(RECORDS_A_PROCESS):
        (result,) = receive_records(log, [caller(f"Process {process}, {number}")], by="sender")
        outcomes[result.outcome] += 1
    log.close()
    return outcomes


def test_processes_with_one_phone_make_one_contact(log: EventLog, place: Place) -> None:
    together = forked().Barrier(PROCESSES)
    with ProcessPoolExecutor(
        PROCESSES, forked(), initializer=set_process_up, initargs=(together, forked().Event())
    ) as pool:
        counts = pool.map(receive_one_by_one, [place] * PROCESSES, range(PROCESSES))
        outcomes = sum(counts, Counter[Outcome]())
    assert outcomes == {"created": 1, "merged": PROCESSES * RECORDS_A_PROCESS - 1}
    check_one_contact(log, PROCESSES * RECORDS_A_PROCESS)


def import_batches(place: Place) -> tuple[float, list[float]]:
    """Commit batch after batch without a pause, some of them before anybody else writes.

    Returns how long the longest of those took, and how long each of the others, waits included.
    """
    log = place.open(ACCOUNT)
    batches = [
        [
            read_record(source="csv", region="US", name="Row", emails=[f"{number}@rows.test"])
            for number in range(batch * BATCH, (batch + 1) * BATCH)
        ]
        for batch in range(BATCHES_ALONE + BATCHES)
    ]

    def took(records: list[Record]) -> float:
        began = monotonic()
        receive_records(log, records, by="importer")
        return monotonic() - began

    try:
        alone = max(map(took, batches[:BATCHES_ALONE]))
        _start.wait()
        beside = list(map(took, batches[BATCHES_ALONE:]))
    except BaseException:
        _start.abort()  # else the others wait for ever
        raise
    finally:
        _stop.set()
        log.close()
    return alone, beside


def receive_until_told(place: Place, process: int) -> list[float]:
    """Send one command after another during the import. Returns how long each took."""
    log = place.open(ACCOUNT)
    took: list[float] = []
    _start.wait()
    while not _stop.is_set():
        record = caller(f"Process {process}, {len(took)}")
        began = monotonic()
        receive_records(log, [record], by="sender")
        took.append(monotonic() - began)
    log.close()
    return took


@pytest.mark.alone
def test_nobody_waits_for_more_than_a_few_batches(log: EventLog, place: Place) -> None:
    together, stop = forked().Barrier(PROCESSES), forked().Event()
    with ProcessPoolExecutor(
        PROCESSES, forked(), initializer=set_process_up, initargs=(together, stop)
    ) as pool:
        importer = pool.submit(import_batches, place)
        senders = [
            pool.submit(receive_until_told, place, process) for process in range(1, PROCESSES)
        ]
        batch, batches = importer.result()
        commands = [took for sender in senders for took in sender.result()]
    print(  # noqa: T201 - shown with -rP: the measure itself
        f"{len(commands)} commands beside {BATCHES} batches of {batch:.3f} s: the longest command "
        f"took {max(commands) / batch:.2f} batches, the longest batch {max(batches) / batch:.2f}"
    )
    assert len(commands) > BATCHES, "commands have to come between the batches"
    assert max(commands) <= FEW_BATCHES * batch
    assert max(batches) <= FEW_BATCHES * batch
    assert log.verify().problems == ()
