"""Identifiers that very many contacts hold, such as the number of a switchboard.

A decision about a record that lists one needs the first of its holders in order, not each of them.
So a transaction ranks them once and then keeps the ranking up to date, instead of reading and
sorting all of them for every record.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from heapq import merge
from typing import NamedTuple, get_args

from domain.identifiers import Identifier
from domain.matching import MAX_LOSERS, Candidate, CandidateKind, Candidates
from domain.records import RecordKind
from infrastructure.read_models.working_set import WorkingSet
from infrastructure.storage.stored_rows import ContactRow

CROWD = 200
"""The largest number of holders of an identifier of which each is a candidate."""
_KINDS: tuple[CandidateKind, ...] = get_args(CandidateKind)

Rank = tuple[int, str]
"""The place of a contact in the order of candidates (see domain.matching.most_recently_updated)."""


class Holder(NamedTuple):
    """A live contact that holds an identifier."""

    rank: Rank
    kind: CandidateKind


class Holders:
    """The live contacts that hold one identifier, ranked for each kind of contact."""

    def __init__(self, found: Iterable[Holder]) -> None:
        self.by_id = {holder.rank[1]: holder for holder in found}
        self.ranked: dict[CandidateKind, list[Rank]] = {
            kind: sorted(each.rank for each in self.by_id.values() if each.kind == kind)
            for kind in _KINDS
        }

    def put(self, contact_id: str, holder: Holder | None) -> None:
        """A contact is a holder now, or is none any more."""
        before = self.by_id.pop(contact_id, None)
        if before is not None:
            ranked = self.ranked[before.kind]
            del ranked[bisect_left(ranked, before.rank)]
        if holder is not None:
            self.by_id[contact_id] = holder
            insort(self.ranked[holder.kind], holder.rank)


class Crowds:
    """The crowds that a transaction has met, as they are after its changes so far."""

    def __init__(self, rows: WorkingSet) -> None:
        self._rows = rows
        self._crowds: dict[Identifier, Holders] = {}

    def candidates(self, asked: Sequence[Identifier], said: Sequence[Identifier]) -> Candidates:
        """Those who hold one identifier of `asked`, with all of `said`, and may win or be named."""
        self._keep_up()
        return foremost({each: self._holders(each) for each in said}, asked)

    def _holders(self, identifier: Identifier) -> Holders:
        if not is_crowd(self._rows, identifier):
            return Holders(self._few(identifier))
        if identifier not in self._crowds:
            self._crowds[identifier] = Holders(self._many(identifier))
        return self._crowds[identifier]

    def _few(self, identifier: Identifier) -> Iterable[Holder]:
        for row in self._rows.identifiers.under(identifier):
            holder = self._holder(identifier, row.contact_id)
            if holder is not None:
                yield holder

    def _many(self, identifier: Identifier) -> Iterable[Holder]:
        for contact_id, updated, kind, captured in self._rows.holders_of(*identifier):
            yield Holder((-updated, contact_id), kind_of(kind, is_captured=captured))

    def _holder(self, identifier: Identifier, contact_id: str) -> Holder | None:
        row = self._rows.identifiers.get((*identifier, contact_id))
        contact = self._rows.contacts.get((contact_id,)) if row and row.holders else None
        if contact is None or contact.status != "live":
            return None
        return Holder((-contact.updated, contact_id), candidate_kind(contact))

    def _keep_up(self) -> None:
        """Let the rankings know of what has changed since the last look."""
        contacts, identifiers = self._rows.contacts, self._rows.identifiers
        if not self._crowds:
            contacts.changes, identifiers.changes = [], []
            return
        for (contact_id,) in dict.fromkeys(contacts.taken_changes()):
            for identifier, crowd in self._crowds.items():
                if contact_id in crowd.by_id:
                    crowd.put(contact_id, self._holder(identifier, contact_id))
        for kind, value, contact_id in dict.fromkeys(identifiers.taken_changes()):
            identifier = Identifier(kind, value)
            if identifier in self._crowds:
                self._crowds[identifier].put(contact_id, self._holder(identifier, contact_id))


def candidate_kind(row: ContactRow) -> CandidateKind:
    """The kind of a contact as a candidate."""
    return kind_of(row.shown.kind, is_captured=row.captured is not None)


def kind_of(kind: RecordKind, *, is_captured: bool) -> CandidateKind:
    """The same, from what its row says."""
    if kind == "contact":
        return "contact"
    return "captured_lead" if is_captured else "imported_lead"


def is_crowd(rows: WorkingSet, identifier: Identifier) -> bool:
    """Whether very many contacts hold or held an identifier."""
    return rows.identifiers.count_under(identifier) > CROWD


def foremost(holders: Mapping[Identifier, Holders], asked: Sequence[Identifier]) -> Candidates:
    """Of everybody who holds what is asked, those who may win or be named, and how many more.

    These are the first in order, and the first of each kind among those who hold a phone, an email
    and both. `holders`: of every identifier of the record.
    """
    ranked = [holders[each].ranked[kind] for each in asked for kind in _KINDS]
    chosen = {first[0][1] for first in ranked if first}
    named: set[str] = set()
    for _, contact_id in merge(*ranked):
        named.add(contact_id)
        if len(named) > MAX_LOSERS:
            break
    phones, emails = (
        set[str]().union(*(each.by_id for key, each in holders.items() if key.kind == kind))
        for kind in ("phone", "email")
    )
    found = set[str]().union(*(holders[each].by_id for each in asked))
    both = [_holder_of(each, holders) for each in found & phones & emails]
    firsts = (min((h.rank for h in both if h.kind == kind), default=None) for kind in _KINDS)
    chosen.update(named, (rank[1] for rank in firsts if rank is not None))
    among = [_candidate(each, holders) for each in sorted(chosen)]
    return Candidates(among, len(found) - len(among))


def _holder_of(contact_id: str, holders: Mapping[Identifier, Holders]) -> Holder:
    return next(each.by_id[contact_id] for each in holders.values() if contact_id in each.by_id)


def _candidate(contact_id: str, holders: Mapping[Identifier, Holders]) -> Candidate:
    (updated, _), kind = _holder_of(contact_id, holders)
    holds = frozenset(key for key, each in holders.items() if contact_id in each.by_id)
    return Candidate(contact_id, kind, -updated, holds)
