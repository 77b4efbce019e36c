"""Bugs to plant: each an edit of the product that a test has to catch.

Every `old` text is found exactly once in its file, or the bug cannot be planted and its test fails:
so the list is kept alive as the product changes.
"""

from dataclasses import dataclass
from typing import NamedTuple

HISTORIES = "random histories"
"""What catches most: the state machine. Given time, it catches what the next one does, too."""
UNDO = "random histories with merges undone"
"""What catches the rest, but for tests by their path."""


class Edit(NamedTuple):
    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Bug:
    name: str
    edits: tuple[Edit, ...]
    caught_by: str = HISTORIES
    is_quick: bool = True


CONTACT = "domain/contact.py"
MATCHING = "domain/matching.py"
MERGE_RULE = "domain/merge_rule.py"
RECORDS = "domain/records.py"
HELD_RECORDS = "domain/held_records.py"
IDENTIFIERS = "domain/identifiers.py"
RECEIVE = "application/commands/receive_records.py"
SQLITE = "infrastructure/sqlite/database.py"
POSTGRESQL = "infrastructure/postgresql/database.py"
PROJECTOR = "infrastructure/read_models/projector.py"
ACTIVITY_RULE = "domain/call_rule.py"
LEAD_RULE = "domain/lead_rule.py"
UNDO_RULE = "domain/undo_rule.py"
EDIT_RULE = "domain/edit_rule.py"
LINK = "application/commands/link_activities.py"
CARRY_OUT = "application/commands/carry_out.py"
REPLAY = "application/history/replay.py"
TOUCHED = "infrastructure/account_log/touched.py"
READ_MODELS = "tests/infrastructure/test_read_models.py"
OLD_RECORD = "test_what_only_an_old_record_of_many_says_is_shown_when_a_newer_one_goes"
SINCE_AN_EDIT = "test_what_a_record_says_since_an_edit_is_shown_when_a_newer_one_goes"

BUGS = (
    Bug(
        "a phone is dropped from the union",
        (Edit(CONTACT, "enumerate(known.points)", "enumerate(known.points[:1])"),),
    ),
    Bug(
        "the union is not in the order first seen",
        (Edit(CONTACT, "sorted(sources, key=lambda each: each[0])", "sources"),),
    ),
    Bug(
        "the oldest value shows, not the newest",
        (
            Edit(
                CONTACT, "return candidate if order > (known", "return candidate if order < (known"
            ),
            Edit(PROJECTOR, ">= (known.since, known.position)", "< (known.since, known.position)"),
        ),
    ),
    Bug(
        "an index row is forgotten",
        (
            Edit(
                PROJECTOR,
                "            grew |= known == 0\n",
                '            grew |= known == 0\n            if kind == "email":\n'
                "                continue\n",
            ),
        ),
    ),
    Bug(
        "candidates are in the wrong order",
        (Edit(MATCHING, "return -candidate.updated", "return candidate.updated"),),
    ),
    Bug(
        "csv asks by email before phone",
        (
            Edit(
                MERGE_RULE,
                '    Step("contact", "phone"),\n    Step("imported_lead", "phone"),\n'
                '    Step("contact", "email"),\n    Step("imported_lead", "email"),\n',
                '    Step("contact", "email"),\n    Step("imported_lead", "email"),\n'
                '    Step("contact", "phone"),\n    Step("imported_lead", "phone"),\n',
            ),
        ),
    ),
    Bug(
        "a lead wins over a contact",
        (
            Edit(
                MERGE_RULE,
                'return (Step("contact", contacts), Step("imported_lead", leads))',
                'return (Step("imported_lead", leads), Step("contact", contacts))',
            ),
        ),
        caught_by="tests/domain/merge_rule",
    ),
    Bug(
        "a lead and a contact come together by the rule for contacts",
        (
            Edit(
                MERGE_RULE,
                'Step("imported_lead", leads))',
                'Step("imported_lead", contacts))',
            ),
        ),
        is_quick=False,
    ),
    Bug(
        "a phone or an email is enough where both are asked for",
        (
            Edit(
                MATCHING,
                'meets("phone", holds) and meets("email", holds)',
                'meets("phone", holds) or meets("email", holds)',
            ),
        ),
    ),
    Bug(
        "a shared identifier is matched",
        (
            Edit(
                MERGE_RULE,
                "if identifier.kind in kinds and not settings.is_shared(identifier)",
                "if identifier.kind in kinds",
            ),
        ),
    ),
    Bug(
        "a record that is sent again is matched again",
        (
            Edit(
                RECEIVE,
                "if record.integration is None or record.external_id is None:",
                'if record.integration is None or record.kind == "contact":',
            ),
        ),
    ),
    Bug(
        "a csv row that is there already is recorded again",
        (Edit(RECEIVE, "        if same is not None:\n", "        if same == record:\n"),),
    ),
    Bug(
        "a stale message overwrites",
        (Edit(HELD_RECORDS, "return said.order >= held.said[known_said].order", "return True"),),
    ),
    Bug(
        "a list that is turned round turns what is shown",
        (Edit(HELD_RECORDS, "HeldList((*kept, ", "HeldList((*reversed(kept), "),),
    ),
    Bug(
        "a record's time goes back with a message that says little",
        (
            Edit(
                HELD_RECORDS,
                "{max(range(len(held.said)), key=lambda index: held.said[index].order)}",
                "set()",
            ),
        ),
        caught_by="tests/domain/test_records.py",
    ),
    Bug(
        "a time in the future counts",
        (
            Edit(
                HELD_RECORDS,
                "if self.updated_at is None or self.updated_at > self.at:",
                "if self.updated_at is None:",
            ),
        ),
    ),
    Bug(
        "a blank value overwrites",
        (
            Edit(
                RECORDS,
                "name=None if name is None or is_blank(name) else name.strip(),",
                "name=None if name is None else name.strip(),",
            ),
        ),
    ),
    Bug(
        "a number that a record takes back stays",
        (Edit(PROJECTOR, "[each for each in old if each not in new]", "[]"),),
    ),
    Bug(
        "a withdrawn record's numbers stay",
        (Edit(PROJECTOR, "self._unlist(contact_id, held_by(held))", "True"),),
        caught_by=f"{READ_MODELS}::{OLD_RECORD}",
    ),
    Bug(
        "what a record says since an edit is passed over for the edit",
        (Edit(PROJECTOR, "if record.record_id != contact.contact_id and all(", "if all("),),
        caught_by=f"{READ_MODELS}::{SINCE_AN_EDIT}",
    ),
    Bug(
        "a withdrawn record's values stay",
        (Edit(PROJECTOR, "            if shown.record_id != gone.record_id\n", ""),),
        is_quick=False,
    ),
    Bug(
        "an extension does not count",
        (
            Edit(
                IDENTIFIERS,
                'return f"{e164};ext={number.extension}" if number.extension else e164',
                "return e164",
            ),
        ),
    ),
    Bug(
        "a decision names the wrong settings",
        (
            Edit(
                RECEIVE,
                "        settings_version=work.settings_version,\n        contact_id",
                "        settings_version=1,\n        contact_id",
            ),
        ),
    ),
    Bug(
        "an absorbed id leads nowhere",
        (
            Edit(
                PROJECTOR,
                "                survivor,\n                event.merge_id,\n",
                "                None,\n                event.merge_id,\n",
            ),
        ),
    ),
    Bug(
        "a sync that changes nothing counts as an update",
        (
            Edit(CONTACT, "if _says(before) == _says(after):", "if before is None:"),
            Edit(PROJECTOR, "if changed or _values(contact) != _values(before):", "if True:"),
        ),
    ),
    Bug(
        "a merged lead stays a lead",
        (
            Edit(
                PROJECTOR,
                '            kind="contact" if contact_records else "lead",\n'
                "            version=recorded.version,\n",
                "            version=recorded.version,\n",
            ),
        ),
    ),
    Bug(
        "rows are not deleted",
        (
            Edit(
                "infrastructure/read_models/working_set.py",
                "if len(kept) < len(rows):",
                "if len(kept) > len(rows):",
            ),
        ),
    ),
    Bug(
        "the digest leaves out the time",
        (
            Edit(
                "infrastructure/storage/chain.py",
                r'\n{version}\n{topic}\n{at}"',
                r'\n{version}\n{topic}"',
            ),
        ),
        caught_by="tests/infrastructure/test_chain.py",
    ),
    Bug(
        "who writes does not wait for their turn",
        (
            Edit(
                SQLITE,
                "with store_errors(self.path), self._turnstile.turn(self._lock_timeout):\n"
                "            if not self.is_there():",
                "with store_errors(self.path):\n            if not self.is_there():",
            ),
        ),
        caught_by="tests/infrastructure/test_concurrency.py",
        is_quick=False,
    ),
    Bug(
        "a batch is not one commit",
        (
            Edit(
                SQLITE,
                '            connection.execute("BEGIN IMMEDIATE")\n            try:\n'
                "                _check_version(connection, self.path)\n"
                '                yield\n                connection.execute("COMMIT")\n',
                "            try:\n                yield\n",
            ),
        ),
        caught_by="tests/infrastructure/test_crash.py",
        is_quick=False,
    ),
    Bug(
        "on PostgreSQL nobody waits for their turn",
        (
            Edit(
                POSTGRESQL,
                'return f"BEGIN; {lock}; {_WORKS_WITH}"',
                '_ = lock\n        return f"BEGIN; {_WORKS_WITH}"',
            ),
        ),
        caught_by="tests/infrastructure/test_concurrency.py",
        is_quick=False,
    ),
    Bug(
        "a commit whose answer was lost is called failed",
        (Edit(POSTGRESQL, "if not self._has_committed(now, token):", "if now:"),),
        caught_by="tests/faults/test_commits.py",
    ),
    Bug(
        "a commit that did not land is acknowledged",
        (Edit(POSTGRESQL, "if not self._has_committed(now, token):", "if not now:"),),
        caught_by="tests/faults/test_commits.py",
    ),
    Bug(
        "any number of processes carry out an import",
        (Edit(POSTGRESQL, "yield got", "yield True"),),
        caught_by="tests/many_processes/test_taken_over.py",
        is_quick=False,
    ),
    Bug(
        "texts are ordered as a language orders them",
        (Edit("infrastructure/storage/schema.py", """r'TEXT\\1 COLLATE "C"'""", 'r"TEXT\\1"'),),
        caught_by="tests/infrastructure/postgresql/test_order.py",
    ),
    Bug(
        "whoever joins a contact walks past all of its records",
        (
            Edit(
                PROJECTOR,
                "        self._list(survivor, _listed(record.phones, record.emails))\n",
                "        self._list(survivor, _listed(record.phones, record.emails))\n"
                "        list(range(contact.records))\n",
            ),
        ),
        caught_by="tests/infrastructure/test_flat_cost.py",
        is_quick=False,
    ),
    Bug(
        "the match index is not updated by an undo",
        (Edit(PROJECTOR, "if held[(kind, value)] != number:", "if number:"),),
        caught_by=UNDO,
    ),
    Bug(
        "calls are left behind by an undo",
        (Edit(UNDO_RULE, "if _link(activity) != _link(known_activity):", "if activity is None:"),),
        caught_by=UNDO,
    ),
    Bug(
        "an undo does not look whose the calls are that it need not move",
        (
            Edit(
                PROJECTOR,
                "self.rows.activities.put(row._replace(contact_id=self._leads_to(row.linked_to)))",
                "self.rows.activities.put(row)",
            ),
        ),
        caught_by=UNDO,
    ),
    Bug(
        "calls are left behind by a merge by hand",
        (
            Edit(
                PROJECTOR,
                "self._activities_go_along(recorded, event.stream, event.survivor)",
                "pass",
            ),
        ),
        caught_by=UNDO,
    ),
    Bug(
        "a record whose merge was undone falls to its next candidate",
        (Edit(REPLAY, "        if merge_id in self._without:\n            asked = ()\n", ""),),
        caught_by=UNDO,
    ),
    Bug(
        "what was undone before comes back",
        (
            Edit(
                "application/history/undo_merge.py",
                "history.undone | {merge_id}, apart",
                "{merge_id}, apart",
            ),
        ),
        caught_by=UNDO,
    ),
    Bug(
        "a separation is forgotten when an undo replays",
        (Edit(REPLAY, "self._apart.get(brings, ()))", "())"),),
        caught_by="tests/application/separation",
    ),
    Bug(
        "a separation binds only the ids that were named",
        (
            Edit(
                PROJECTOR,
                "(contact.contact_id, *self.rows.leading_to(contact.contact_id))",
                "(contact.contact_id,)",
            ),
        ),
        caught_by="tests/application/separation",
    ),
    Bug(
        "an edit yields to every newer message",
        (
            Edit(
                CONTACT,
                "return changed > edited.position and candidate.since >= edited.at",
                "return candidate.since >= edited.at",
            ),
        ),
        caught_by=UNDO,
    ),
    Bug(
        "an edit never yields",
        (
            Edit(
                CONTACT,
                "return changed > edited.position and candidate.since >= edited.at",
                "return changed < edited.position",
            ),
        ),
        caught_by=UNDO,
    ),
    Bug(
        "a number removed by hand shows again",
        (Edit(HELD_RECORDS, "each._replace(hidden=True) if", "each if"),),
        caught_by=UNDO,
    ),
    Bug(
        "a command is sent to the survivor for good",
        (
            Edit(
                "application/commands/change_contact.py",
                "decide_edited(contact, edit, sent_to=contact_id, by=by)",
                "decide_edited(contact, edit, sent_to=contact.contact_id, by=by)",
            ),
        ),
        caught_by=UNDO,
    ),
    Bug(
        "a captured lead is not attached",
        (Edit(LEAD_RULE, 'if lead.kind == "captured_lead" and', "if lead.updated < 0 and"),),
        caught_by=UNDO,
    ),
    Bug(
        "leads come before contacts for a call",
        (
            Edit(
                ACTIVITY_RULE,
                'order = ("contact", "imported_lead", "captured_lead")',
                'order = ("imported_lead", "contact", "captured_lead")',
            ),
        ),
        caught_by=UNDO,
    ),
    Bug(
        "calls of a deleted contact are lost",
        (
            Edit(
                CARRY_OUT,
                "    if head is not None and not head.is_live:\n        link_anew",
                "    if head is None:\n        link_anew",
            ),
        ),
        caught_by=UNDO,
    ),
    Bug(
        "an agent's choice is forgotten when its contact comes back",
        (Edit(CARRY_OUT, "    bring_assigned_back(work, contact.contact_id, by=event.by)\n", ""),),
        caught_by=UNDO,
    ),
    Bug(
        "what once was held is no part of an undo",
        (
            Edit(
                TOUCHED,
                "row.contact_id for row in rows if row.value",
                "row.contact_id for row in rows if row.holders and row.value",
            ),
        ),
        caught_by="tests/application/undo/test_who_once_held.py",
    ),
    Bug(
        "a deleted contact comes back with what its source sent anew",
        (
            Edit(
                "domain/contact.py",
                "records={k: v for k, v in contact.records.items() if k not in event.superseded},",
                "records=contact.records,",
            ),
        ),
        caught_by=UNDO,
    ),
    Bug(
        "a deleted contact comes back with a row that was imported again",
        (Edit(CARRY_OUT, "if held.fingerprint is not None:", "if held.fingerprint == 0:"),),
        caught_by=UNDO,
    ),
)
