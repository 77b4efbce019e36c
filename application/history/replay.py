"""Counterfactual replay: what an account would be if one thing in its history were different.

It takes what sources sent and people asked for, in log order, through the same decisions as the
first time, with one thing changed. For one merge it replays only what its contacts' records and
numbers touch, transitively. A message that changed nothing at the time was not recorded and is not
replayed.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType

from application.commands.assign_call import carry_out_assigned
from application.commands.delete_contact import carry_out_deleted
from application.commands.edit_contact import carry_out_edited
from application.commands.link_activities import take_activity
from application.commands.merge_by_hand import carry_out_merged
from application.commands.receive_records import receive_one
from application.commands.restore_contact import carry_out_restored
from application.commands.withdraw_record import carry_out_withdrawn
from application.history.touched import History
from application.ports import Sandbox
from domain import events
from domain.events import KeptBecause, Recorded
from domain.matching import Candidate, LostBecause
from domain.mentions import brought_by
from domain.merge_rule import matched_identifiers
from domain.records import Record, SourceKey
from domain.undo_rule import Touched, placeholder
from domain.value import replace

Rows = Mapping[str, str | None]
"""Rows of imports, by the id that each brought, and the contact that it leads to without them."""
Told = Callable[[int, int], None]
"""Called after each input with the number of inputs replayed so far, and the number of all."""


class Replay:
    """A history, replayed in a separate account without some merges."""

    history: History

    def __init__(self, account: Sandbox) -> None:
        self.account = account
        self.missed: dict[str, KeptBecause] = {}
        """Rows without whose contact something that was done by hand would be lost."""
        self._done = 0
        self._keys: dict[str, SourceKey] = {}
        self._left_out: dict[str, Recorded] = {}
        self._brought_under = defaultdict[SourceKey, list[str]](list)
        self._linked_to: dict[str, str | None] = {}

    def go_on(
        self,
        history: History,
        without: AbstractSet[str],
        apart: Mapping[str, AbstractSet[str]],
        told: Told,
        rows: Rows = MappingProxyType({}),
    ) -> None:
        """Replay what a history has more than the one before, which it continues.

        `without`: the merges to leave out. A record that one of them merged into a contact stands
        alone. `apart`: for each id the ids that it is kept apart from. `rows`: those to leave out.
        """
        self.history, self.without, self.apart = history, without, apart
        self.rows, self._leads_on = rows, {**history.taken_out, **rows}
        self.account.leave_out(history.merge_ids, without)
        for recorded in history.inputs[self._done :]:
            self._replay(recorded)
            self._done += 1
            told(self._done, len(history.inputs))

    def result(self) -> Touched:
        """What everything is at the end. Merges that the history does not have have no id."""
        account, activities = self.account, sorted(self.history.activities)
        for contact_id in sorted(self.history.contacts):
            self._find(contact_id)
            if contact_id in self._left_out and account.survivor(contact_id) is None:
                account.turn_to(self._left_out[contact_id])
                account.leave_empty(contact_id)
        would_be = account.touched(account.contacts, activities)
        new = {
            absorbed: each._replace(merge_id="")
            for absorbed, each in would_be.merges.items()
            if each.merge_id == placeholder(account.made[absorbed].brings or absorbed)
        }
        return replace(would_be, merges={**would_be.merges, **new})

    def _replay(self, recorded: Recorded) -> None:  # noqa: C901, PLR0912 - one case an event
        event = recorded.event
        brings = brought_by(recorded) or ""
        match event:
            case _ if brings in self._leads_on:
                self._leave_out(recorded, brings)
            case events.ContactImported():
                self._receive(recorded, event.record, brings, event.by)
            case events.ContactsMerged(record=Record() as record):
                self._receive(recorded, record, brings, event.by)
            case events.ContactsMerged(sent_to=(survivor, absorbed)):
                if event.merge_id not in self.without:
                    self._turn_to(recorded, survivor, absorbed, because="merged_by_hand")
                    carry_out_merged(
                        self.account, (survivor, absorbed), merge_id=event.merge_id, by=event.by
                    )
            case events.RecordUpdated():
                self._receive(recorded, event.record, brings, event.by)
            case events.RecordWithdrawn():
                self._turn_to(recorded)
                known = self.account.record_of_source(self._keys[event.record_id])
                if known is not None:
                    carry_out_withdrawn(self.account, *known, by=event.by)
            case events.ContactEdited():
                self._turn_to(recorded, event.sent_to, because="edited")
                carry_out_edited(self.account, event)
            case events.ContactDeleted():
                self._turn_to(recorded, event.sent_to)
                carry_out_deleted(self.account, event)
            case events.ContactRestored():
                self._turn_to(recorded, event.sent_to)
                carry_out_restored(self.account, event)
            case events.CallAssigned():
                self._turn_to(recorded, event.contact_id, because="call_assigned")
                carry_out_assigned(self.account, event)
            case events.CallLinked() | events.MessageLinked():
                self._happen(recorded, event)
            case events.MergeUndone() | events.ContactsSeparated() | events.AttentionSettled():
                # Undone merges are left out and separated contacts kept apart from the start. What
                # is right to somebody decides nothing.
                pass
            case _:
                raise TypeError(f"{event.TOPIC} is not an input of a contact")

    def _receive(self, recorded: Recorded, record: Record, brings: str, by: str) -> None:
        account, key = self.account, record.source_key
        account.turn_to(recorded, brings)
        ids = {brings}
        if key is not None:
            self._keys[brings] = key
            ids.update(account.threads.known_as([key]))
            # Also those of messages that bring nothing here: what bound their records binds this.
            ids.update(self._brought_under[key])
            self._brought_under[key].append(brings)
            known = account.record_of_source(key) if self.apart else None
            if known is not None:
                ids.update((known[0], *account.leading_to(known[0]), *self._lead_on_to(known[0])))
        apart = frozenset[str]().union(*(self.apart.get(each, ()) for each in ids))
        kept_from = {self._leads_to(each) for bound in apart for each in self._ids_after(bound)}

        def lost_because(candidate: Candidate) -> LostBecause | None:
            return "separated" if candidate.contact_id in kept_from else None

        received = receive_one(
            account,
            record,
            matched_identifiers(account.settings, record),
            by=by,
            lost_because=lost_because if apart else None,
        )
        is_known = brings in self.history.contacts and account.survivor(brings) is None
        if is_known and received.contact_id is not None:
            account.lead_to(brings, received.contact_id)

    def _lead_on_to(self, contact_id: str) -> list[str]:
        """The ids that are kept apart from others and that only `_way` leads to a contact."""
        missing = [each for each in self.apart if self.account.survivor(each) is None]
        return [each for each in missing if self._leads_to(each) == contact_id]

    def _ids_after(self, record_id: str) -> list[str]:
        """An id and the later ones of the same record, which only the replay may have.

        Separations that bound a record's earlier ids bind them too.
        """
        key = self._keys.get(record_id)
        known = self.account.threads.known_as([key]) if key is not None else []
        return [record_id, *(each for each in known if each > record_id)]

    def _happen(self, recorded: Recorded, event: events.CallLinked | events.MessageLinked) -> None:
        self._turn_to(recorded)
        take_activity(
            self.account,
            event.call if isinstance(event, events.CallLinked) else event.message,
            activity_id=event.stream,
            lead_id=event.lead_id,
            by=event.by,
        )
        linked = self.account.activity(event.stream)
        self._linked_to[event.stream] = linked.contact_id if linked else None

    def _leave_out(self, recorded: Recorded, brings: str) -> None:
        self._left_out[brings] = recorded
        record = getattr(recorded.event, "record", None)
        if isinstance(record, Record) and (key := record.source_key) is not None:
            self._keys[brings] = key
            self._brought_under[key].append(brings)

    def _turn_to(
        self, recorded: Recorded, *sent_to: str, because: KeptBecause | None = None
    ) -> None:
        """Go to an input. `sent_to`: whom it is for; `because`: what was done by hand."""
        self.account.turn_to(recorded)
        for contact_id in sent_to:
            self._find(contact_id)
            head = self.account.survivor(contact_id)
            if because is not None and (head is None or not head.is_live):
                rows = [each for each in self._way(contact_id) if each in self.rows]
                self.missed.update(dict.fromkeys(rows[-1:], because))

    def _find(self, contact_id: str) -> None:
        """Let an id that no event creates in the replay lead to a contact, if it can be one."""
        known = self._known(contact_id)
        if known is not None and known != contact_id:
            self.account.lead_to(contact_id, known)

    def _leads_to(self, contact_id: str) -> str | None:
        """The contact that an id leads to or will lead to."""
        known = self._known(contact_id)
        head = self.account.survivor(known) if known is not None else None
        return head.contact_id if head else None

    def _known(self, contact_id: str) -> str | None:
        """The first id on its way that the replay has."""
        way = self._way(contact_id)
        return next((each for each in way if self.account.survivor(each) is not None), None)

    def _way(self, contact_id: str) -> list[str]:
        """An id, and where it leads if the replay has none such, and so on.

        The id of a lead that the replay does not capture leads to where its call went; that of a
        row that was left out to what is left of its contact.
        """
        way: list[str] = []
        following: str | None = contact_id
        while following is not None and following not in way:
            way.append(following)
            call = self.history.call_of(following)
            following = self._linked_to.get(call or "") or self._leads_on.get(following)
        return way
