"""Check an account: its chain, its read models, its folds, and what must always hold."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import groupby, islice

from eventsourcing.persistence import DataError, MapperDeserialisationError

from application.ports import NotedHead, Verified
from domain.call_rule import LinkedActivity, evolve_activity
from domain.contact import AbsorbedContact, State
from domain.contact_fold import evolve
from domain.events import ACCOUNT_STREAM, ActivityEvent, Event, MergeUndone, Recorded, UndoCompleted
from domain.saying import Saying
from infrastructure.read_models.contact_rows import contact_row, holders
from infrastructure.read_models.rebuild import BATCH, Progress, differing_tables, project_afresh
from infrastructure.read_models.working_set import WorkingSet
from infrastructure.storage.beside import problems_beside
from infrastructure.storage.chain import GENESIS, link, payload_hash
from infrastructure.storage.damage import Damage
from infrastructure.storage.session import Session, read_head, stream_events
from infrastructure.storage.stored_rows import IdentifierRow, linked_activity

MAX_PROBLEMS = 20
AT_ONCE = 500
"""How many streams have their rows read together."""


UNREADABLE = (
    *(ArithmeticError, AttributeError, DataError, LookupError, MapperDeserialisationError),
    *(RecursionError, TypeError, ValueError),
)
"""What is raised while rows are read that this program did not write."""


def verified(
    session: Session,
    damage: Damage,
    progress: Progress | None,
    *,
    noted: NotedHead | None,
    batch: int,
    folding: Callable[[], AbstractContextManager[Callable[[], list[str]]]],
) -> Verified:
    """What a check of an account finds. `damage`: what is wrong with the tables themselves.

    `folding` begins `problems_of_contacts`, perhaps in another process, and gives its result.
    """
    problems, unchecked = list(damage.problems), tuple(damage.unchecked)
    if not damage.readable:
        return Verified(0, "", 0, tuple(problems), unchecked)
    problems += chain_problems(session, progress, noted)
    problems += problems_beside(session, MAX_PROBLEMS)
    if not problems:
        with folding() as problems_found:
            of_tables = _problems_of_tables(session, progress, batch)
            problems += dict.fromkeys([*problems_found(), *of_tables])
    head = read_head(session)
    (contacts,) = session.execute(
        f"SELECT count(*) FROM {session.in_use}.contacts WHERE status = 'live'"
    ).fetchone()
    digest: object = head.digest
    shown = digest.hex() if isinstance(digest, bytes) else str(digest)
    return Verified(head.position, shown, contacts, tuple(problems[:MAX_PROBLEMS]), unchecked)


def chain_problems(
    session: Session, progress: Progress | None, noted: NotedHead | None = None
) -> list[str]:
    """Where the log is no longer what was recorded. `noted`: what it must pass through."""
    previous, expected, passed = GENESIS, 1, noted is None
    problems: list[str] = []
    events = session.stream(
        "SELECT position, stream, version, topic, at, salt, payload, erased_hash, digest "
        "FROM events ORDER BY position"
    )
    for position, stream, version, topic, at, salt, payload, erased, digest in events:
        if position != expected:
            problems.append(f"event {expected}: is missing from the log")
        hashed = _hash_in_chain(salt, payload, erased)
        computed = hashed and link(
            previous,
            hashed,
            position=position,
            stream=stream,
            version=version,
            topic=topic,
            at=at,
        )
        if payload is None and erased is None:
            problems.append(f"event {position}: its payload is missing")
        elif computed != digest:
            problems.append(f"event {position}: is not what was recorded, or follows other events")
        if len(problems) >= MAX_PROBLEMS:
            return problems
        passed = passed or _is(noted, position, digest)
        previous, expected = digest, position + 1
        if progress and position % BATCH == 0:
            progress(BATCH)
    if noted is not None and not passed:
        where = "any event" if noted.position is None else f"event {noted.position}"
        problems.append(f"head: {where} does not have the digest {noted.digest}")
    return problems


def _is(noted: NotedHead | None, position: int, digest: object) -> bool:
    """Whether an event is the head that was noted."""
    if noted is None or not isinstance(digest, bytes):
        return False
    return noted.position in {None, position} and digest.hex() == noted.digest


def _hash_in_chain(salt: object, payload: object, erased: object) -> bytes | None:
    """The hash of a payload that is there, or the kept hash of an erased one; else None."""
    if isinstance(salt, bytes) and isinstance(payload, bytes) and erased is None:
        return payload_hash(salt, payload)
    if salt is None and payload is None and isinstance(erased, bytes):
        return erased
    return None


def _problems_of_tables(session: Session, progress: Progress | None, batch: int) -> list[str]:
    """The read models that are not what the log gives."""
    try:
        project_afresh(session, batch=batch, progress=progress)
        differing = differing_tables(session)
    except UNREADABLE as error:
        return [_unreadable(error)]
    return [f"read model {name}: is not what the log says; rebuild it" for name in differing]


def problems_of_contacts(
    session: Session, progress: Progress | None, batch: int = BATCH
) -> list[str]:
    """Where rows differ from the folds of their streams, and where ids lead nowhere."""
    try:
        return [*fold_problems(session, progress, batch), *lead_problems(session)]
    except UNREADABLE as error:
        return [_unreadable(error)]


def _unreadable(error: Exception) -> str:
    return f"cannot be read: {str(error).splitlines()[0]}"


def fold_problems(session: Session, progress: Progress | None, batch: int) -> list[str]:
    """Contacts whose rows differ from the fold of their stream."""
    problems: list[str] = []
    held = 0
    events = _counted(stream_events(session, "stream, version"), progress, batch)
    folds = _folds(events, problems)
    while states := list(islice(folds, AT_ONCE)):
        problems += _problems_of_rows(session, states)
        held += sum(holders(each).total() for each in states if isinstance(each, State))
        if len(problems) >= MAX_PROBLEMS:
            return problems
    indexed = session.execute(
        f"SELECT coalesce(sum(holders), 0) FROM {session.in_use}.identifiers"
    ).fetchone()[0]
    if indexed != held:
        problems.append(f"match index: holds {indexed} values, the contacts have {held}")
    return problems


def _folds(events: Iterable[Recorded], problems: list[str]) -> Iterator[State | LinkedActivity]:
    """The folded state of each stream. For a stream that cannot be folded a problem is added."""
    for stream, group in groupby(events, key=lambda recorded: recorded.event.stream):
        if stream == ACCOUNT_STREAM:
            continue
        state: State | LinkedActivity | None = None
        saying, open_undos = Saying(), set[str]()
        try:
            for recorded in group:
                if recorded.version != (state.version if state else 0) + 1:
                    problems.append(f"stream {stream}: version {recorded.version} is out of order")
                state = _evolved(state, recorded, saying)
                open_undos = _open_after(recorded.event, open_undos)
        except (ValueError, LookupError) as error:
            problems.append(f"stream {stream}: {error}")
            continue
        problems += [f"merge {each}: its undo is not complete" for each in sorted(open_undos)]
        if state is not None:
            yield state


def _open_after(event: Event, undos: set[str]) -> set[str]:
    """The merges whose undo has begun but is not complete in a stream, after one more event."""
    match event:
        case MergeUndone(caused_by=None):
            return undos | {event.merge_id}
        case UndoCompleted():
            return undos - {event.merge_id}
        case _:
            return undos


def _counted(
    events: Iterable[Recorded], progress: Progress | None, batch: int
) -> Iterator[Recorded]:
    for done, recorded in enumerate(events, start=1):
        if progress and done % batch == 0:
            progress(batch)
        yield recorded


def _evolved(
    state: State | LinkedActivity | None, recorded: Recorded, saying: Saying
) -> State | LinkedActivity:
    """The next state of a stream of a contact or an activity."""
    if isinstance(recorded.event, ActivityEvent):
        if isinstance(state, State):
            raise ValueError(f"{recorded.event.TOPIC} is not an event of a contact")  # noqa: TRY004
        return evolve_activity(state, recorded)
    if isinstance(state, LinkedActivity):
        raise ValueError(f"{recorded.event.TOPIC} is not an event of an activity")  # noqa: TRY004
    return evolve(state, recorded, saying)


_LEAD_PROBLEMS = {
    "contact {}: leads to no live or deleted contact": (
        "WITH RECURSIVE leads (contact_id, survivor, hops) AS ("
        "  SELECT contact_id, survivor, 1 FROM {schema}.contacts WHERE status = 'absorbed'"
        "  UNION ALL SELECT l.contact_id, c.survivor, l.hops + 1 FROM leads l"
        "  JOIN {schema}.contacts c ON c.contact_id = l.survivor"
        "  WHERE c.status = 'absorbed' AND l.hops < 1000)"
        "SELECT contact_id FROM {schema}.contacts WHERE status = 'absorbed' EXCEPT "
        "SELECT l.contact_id FROM leads l JOIN {schema}.contacts c ON c.contact_id = l.survivor"
        " WHERE c.status <> 'absorbed' LIMIT ?"
    ),
    "record {}: belongs to no live or deleted contact": (
        "SELECT record_id FROM {schema}.records r"
        " LEFT JOIN {schema}.contacts c ON c.contact_id = r.contact_id"
        " WHERE coalesce(c.status, 'absorbed') = 'absorbed' LIMIT ?"
    ),
    "activity {}: belongs to no live contact or lead": (
        "SELECT activity_id FROM {schema}.activities a"
        " LEFT JOIN {schema}.contacts c ON c.contact_id = a.contact_id"
        " WHERE a.linked_by <> 'withheld' AND coalesce(c.status, '') <> 'live' LIMIT ?"
    ),
    "lead {}: was captured for {}, which {} holds": (
        "SELECT c.contact_id, i.value, o.contact_id FROM {schema}.contacts c"
        " JOIN {schema}.identifiers i ON i.contact_id = c.contact_id"
        " AND i.kind IN ('phone', 'phone_placeholder')"
        " JOIN {schema}.identifiers o ON o.kind = i.kind AND o.value = i.value"
        " AND o.contact_id <> i.contact_id AND o.holders > 0 AND i.holders > 0"
        " WHERE c.captured IS NOT NULL AND c.status = 'live' LIMIT ?"
    ),
}
"""What is wrong, and the query that finds it."""


def lead_problems(session: Session) -> list[str]:
    """Absorbed ids that lead nowhere; records, activities and numbers of leads out of place."""
    with session.of_whole_tables():
        return [
            problem.format(*row)
            for problem, query in _LEAD_PROBLEMS.items()
            for row in session.execute(query.format(schema=session.in_use), (MAX_PROBLEMS,))
        ]


def _problems_of_rows(session: Session, states: Sequence[State | LinkedActivity]) -> list[str]:
    """Where the rows of some streams differ from their fold."""
    try:
        return list(_found_problems(session, states))
    except DataError as error:
        if len(states) > 1:  # read one by one to find those that cannot be read
            return [each for state in states for each in _problems_of_rows(session, [state])]
        return [f"{_name(states[0])}: {error}"]


def _found_problems(session: Session, states: Sequence[State | LinkedActivity]) -> Iterator[str]:
    rows = WorkingSet(session, session.in_use)
    contacts = [each for each in states if not isinstance(each, LinkedActivity)]
    held = {each.contact_id: holders(each) for each in contacts}
    records = rows.records_of_each([*held])
    rows.contacts.load((each,) for each in held)
    rows.identifiers.load_each([(*each, id_) for id_, all_ in held.items() for each in all_])
    rows.activities.load((each.activity_id,) for each in states if isinstance(each, LinkedActivity))
    for state in states:
        if isinstance(state, LinkedActivity):
            row = rows.activities.get((state.activity_id,))
            if row is None or linked_activity(row) != state:
                yield f"{_name(state)}: its row is not the fold of its events"
            continue
        of_log = {} if isinstance(state, AbsorbedContact) else dict(state.records)
        differs = {
            "contacts": rows.contacts.get((state.contact_id,)) != contact_row(state),
            "records": {r.record_id: r.held for r in records[state.contact_id]} != of_log,
            "identifiers": any(
                rows.identifiers.get((*each, state.contact_id))
                != IdentifierRow(*each, state.contact_id, number)
                for each, number in held[state.contact_id].items()
            ),
        }
        for name, differ in differs.items():
            if differ:
                yield f"{_name(state)}: its {name} are not the fold of its events"


def _name(state: State | LinkedActivity) -> str:
    if isinstance(state, LinkedActivity):
        return f"activity {state.activity_id}"
    return f"contact {state.contact_id}"
