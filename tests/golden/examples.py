"""An event of every type with all of its fields, and one with as few as possible."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from domain.activities import Call, Message
from domain.decisions import Decision
from domain.events import (
    AccountOpened,
    ActivityMoved,
    AttentionSettled,
    Brought,
    CallAssigned,
    CallLinked,
    ContactAbsorbed,
    ContactDeleted,
    ContactEdited,
    ContactImported,
    ContactReplayed,
    ContactRestored,
    ContactsMerged,
    ContactsSeparated,
    Event,
    ImportUndone,
    LeadAttached,
    LeadCaptured,
    MergeSettingsChanged,
    MergeUndone,
    MessageLinked,
    RecordUpdated,
    RecordWithdrawn,
    UndoCompleted,
)
from domain.hand_edits import ByHand, HandPoint, HandValue
from domain.held_records import HeldList, HeldPoint, HeldRecord, HeldValue, Said
from domain.identifiers import ContactPoint, Identifier
from domain.matching import Seen
from domain.records import Record
from domain.settings import MergeSettings

CONTACT, RECORD, MERGE = (f"01kzzzzzzz00000000000000{number:02}" for number in range(1, 4))
OTHERS = [f"01kzzzzzzz00000000000001{number:02}" for number in range(1, 9)]
IMPORT = "01kzzzzzzz0000000000000099"
UNDONE, LEAD, ACTIVITY = (f"01kzzzzzzz00000000000002{number:02}" for number in range(1, 4))

EVERY_SETTING = MergeSettings(
    policy="global",
    integration_leads="never",
    integration_contacts="phone_and_email",
    rule="email",
    shared_identifiers=("+13195550199", "info@example.test"),
    default_region="US",
)
EVERY_FIELD = Record(
    source="integration",
    kind="lead",
    integration="hubspot",
    external_id="17-\u00e4",
    updated_at=datetime(2024, 5, 1, 12, 30, 15, 123456, tzinfo=UTC),
    name='J\u00f3n "John" Jones\n\u2028',
    phones=(
        ContactPoint("319-555-5677", "+13195555677"),
        ContactPoint("+1 319 555 4929 x12", "+13195554929;ext=12", "home"),
        ContactPoint("n/a"),
        ContactPoint("0000", None, "fax"),
    ),
    emails=(
        ContactPoint("J\u00f3n <John@Example.test>", "john@example.test", "work"),
        ContactPoint("a@@b"),
    ),
    attributes={"city": "Cedar Rapids", "Straße": "1\\2", "title": "\U0001f600"},
)
EMPTY_LISTS = Record(source="api", phones=(), emails=())
BARE = Record(source="api")
EVERY_REASON = Decision(
    rule="phone_and_email",
    because="phone_and_email_matched",
    matched=(Identifier("phone", "+13195555677"), Identifier("email", "john@example.test")),
    candidates=(
        Seen(CONTACT),
        Seen(OTHERS[0], "captured_lead"),
        Seen(OTHERS[1], "lead_into_contacts_only"),
        Seen(OTHERS[2], "rule_not_met"),
        Seen(OTHERS[3], "lead_after_contact"),
        Seen(OTHERS[4], "email_after_phone"),
        Seen(OTHERS[5], "less_recently_updated"),
        Seen(OTHERS[6], "younger_id"),
        Seen(OTHERS[7], "rule_is_never"),
    ),
    not_named=3,
    settings_version=2,
)
BARE_REASON = Decision(rule="never", because="source_never_merges")
SEPARATED = Decision(
    rule="email",
    because="email_matched",
    matched=(Identifier("email", "john@example.test"),),
    candidates=(Seen(CONTACT), Seen(OTHERS[0], "separated")),
    settings_version=1,
)
BY_HAND_REASON = Decision(rule="manual", because="merged_by_hand", settings_version=2)
UNDONE_REASON = Decision(rule="phone", because="another_merge_undone", settings_version=2)

THEN = datetime(2024, 5, 1, 12, 30, 15, 123456, tzinfo=UTC)
LATER = datetime(2024, 5, 2, tzinfo=UTC)
NUMBER = ContactPoint("319-555-5677", "+13195555677")
WITH_LABEL = ContactPoint("319-555-5677", "+13195555677", "home")
HELD = HeldRecord(
    record_id=RECORD,
    first=3,
    source="integration",
    kind="lead",
    integration="hubspot",
    external_id="17-\u00e4",
    said=(Said(3, THEN, None), Said(8, LATER, THEN)),
    fields={"name": HeldValue('J\u00f3n "John"', 1, 0), "Straße": HeldValue("1\\2", 0, 0)},
    phones=HeldList((HeldPoint(WITH_LABEL, 0), HeldPoint(ContactPoint("n/a"), 1, hidden=True)), 1),
    emails=HeldList((), 0),
    fingerprint=-9_223_372_036_854_775_808,
)
READ_BY_REGION = ContactPoint("(319) 555-5677", "+13195555677", "home", "US")
LOCAL = Record(source="csv", phones=(READ_BY_REGION, ContactPoint("n/a", region="DE")))
LOCAL_HELD = HeldRecord(
    record_id=RECORD,
    first=3,
    source="csv",
    kind="contact",
    said=(Said(3, THEN, None),),
    fields={},
    phones=HeldList((HeldPoint(READ_BY_REGION, 0),), 0),
)
GONE = HeldRecord(
    record_id=RECORD,
    first=3,
    source="integration",
    kind="contact",
    integration="hubspot",
    external_id="17",
    said=(Said(3, THEN, None),),
    fields={},
    phones=HeldList((HeldPoint(WITH_LABEL, 0),), 0),
    gone=(
        Identifier("phone", "+13195554929"),
        Identifier("phone_placeholder", "+11111111111"),
        Identifier("email", "john@example.test"),
    ),
)
BARE_HELD = HeldRecord(
    record_id=RECORD,
    first=3,
    source="api",
    kind="contact",
    said=(Said(3, THEN, None),),
    fields={},
)
BY_HAND = ByHand(
    fields={"name": HandValue("John", 5, THEN), "city": HandValue(None, 6, LATER)},
    phones=(HandPoint(WITH_LABEL, 5, THEN), HandPoint(ContactPoint("n/a"), 6, LATER)),
    emails=(HandPoint(ContactPoint("J@b.test", "j@b.test", "work"), 5, THEN),),
)
LABELS = ByHand(
    labels={
        "+13195555677": HandValue("J\u00f3n", 5, THEN),
        "john@example.test": HandValue(None, 6, LATER),
    }
)

merged = partial(ContactsMerged, stream=CONTACT, merge_id=MERGE, absorbed=RECORD, by="admin")
replayed = partial(ContactReplayed, stream=CONTACT, caused_by=UNDONE, by="admin")

EXAMPLES: dict[str, Sequence[Event]] = {
    "AccountOpened": [
        AccountOpened(settings=EVERY_SETTING, by="operator"),
        AccountOpened(settings=MergeSettings(), by="operator"),
    ],
    "MergeSettingsChanged": [
        MergeSettingsChanged(settings=EVERY_SETTING, version=2, by="admin"),
        MergeSettingsChanged(settings=MergeSettings(), version=3, by="admin"),
    ],
    "ContactImported": [
        ContactImported(
            stream=CONTACT, record=EVERY_FIELD, decision=EVERY_REASON, by="admin", import_id=IMPORT
        ),
        ContactImported(stream=CONTACT, record=EMPTY_LISTS, decision=BARE_REASON, by="admin"),
        ContactImported(stream=CONTACT, record=BARE, decision=BARE_REASON, by="admin"),
        ContactImported(
            stream=CONTACT, record=BARE, starts_from=HELD, decision=BARE_REASON, by="admin"
        ),
        ContactImported(
            stream=CONTACT, record=LOCAL, starts_from=LOCAL_HELD, decision=BARE_REASON, by="admin"
        ),
    ],
    "ContactsMerged": [
        merged(record=EVERY_FIELD, decision=EVERY_REASON, import_id=IMPORT),
        merged(record=BARE, decision=BARE_REASON),
        merged(record=BARE, decision=SEPARATED),
        merged(
            brought=Brought(records=(HELD, BARE_HELD), by_hand=BY_HAND),
            sent_to=(OTHERS[0], RECORD),
            decision=BY_HAND_REASON,
        ),
        merged(brought=Brought(), sent_to=(CONTACT, RECORD), decision=BY_HAND_REASON),
        merged(decision=UNDONE_REASON, caused_by=UNDONE),
        merged(brought=Brought(by_hand=LABELS), sent_to=(CONTACT, RECORD), decision=BY_HAND_REASON),
        merged(record=BARE, starts_from=BARE_HELD, decision=EVERY_REASON),
        merged(brought=Brought(records=(GONE,)), brings=RECORD, decision=BARE_REASON),
    ],
    "RecordUpdated": [
        RecordUpdated(
            stream=CONTACT, record_id=RECORD, record=EVERY_FIELD, by="hubspot", import_id=IMPORT
        ),
        RecordUpdated(stream=CONTACT, record_id=RECORD, record=BARE, by="hubspot"),
        RecordUpdated(
            stream=CONTACT,
            record_id=RECORD,
            record=EVERY_FIELD,
            by="hubspot",
            import_id=IMPORT,
            brings=OTHERS[0],
        ),
        RecordUpdated(
            stream=CONTACT, record_id=RECORD, record=BARE, by="hubspot", brings=OTHERS[0]
        ),
        RecordUpdated(
            stream=CONTACT, record_id=RECORD, record=BARE, decision=EVERY_REASON, by="hubspot"
        ),
    ],
    "RecordWithdrawn": [RecordWithdrawn(stream=CONTACT, record_id=RECORD, by="hubspot")],
    "ContactAbsorbed": [
        ContactAbsorbed(stream=CONTACT, survivor=OTHERS[0], merge_id=MERGE, by="admin"),
        ContactAbsorbed(stream=CONTACT, survivor=OTHERS[0], by="phone"),
    ],
    "ContactEdited": [
        ContactEdited(
            stream=CONTACT,
            sent_to=OTHERS[0],
            set={"name": 'J\u00f3n "John" Jones\n\u2028', "Straße": "1\\2"},
            cleared=("city", "title"),
            phones_added=(WITH_LABEL, ContactPoint("n/a")),
            phones_removed=("+13195554929;ext=12", "0000"),
            emails_added=(ContactPoint("J\u00f3n <J@b.test>", "j@b.test", "work"),),
            emails_removed=("john@example.test", "a@@b"),
            by="admin",
        ),
        ContactEdited(stream=CONTACT, sent_to=CONTACT, by="admin"),
        ContactEdited(
            stream=CONTACT,
            sent_to=CONTACT,
            labelled={"+13195555677": "J\u00f3n", "john@example.test": ""},
            by="admin",
        ),
        ContactEdited(stream=CONTACT, sent_to=CONTACT, phones_added=(READ_BY_REGION,), by="admin"),
    ],
    "ContactDeleted": [ContactDeleted(stream=CONTACT, sent_to=OTHERS[0], by="admin")],
    "ContactRestored": [
        ContactRestored(stream=CONTACT, sent_to=OTHERS[0], superseded=(RECORD,), by="admin"),
        ContactRestored(stream=CONTACT, sent_to=CONTACT, by="admin"),
    ],
    "MergeUndone": [
        MergeUndone(stream=CONTACT, merge_id=MERGE, absorbed=RECORD, by="admin", caused_by=UNDONE),
        MergeUndone(stream=CONTACT, merge_id=MERGE, absorbed=RECORD, by="admin"),
    ],
    "ContactReplayed": [
        replayed(
            status="live",
            records=(HELD, BARE_HELD),
            records_left=(OTHERS[0], OTHERS[1]),
            by_hand=BY_HAND,
            created_at=THEN,
            updated=9,
            updated_at=LATER,
        ),
        replayed(status="live", captured=WITH_LABEL, created_at=THEN, updated=9, updated_at=THEN),
        replayed(status="deleted", created_at=THEN, updated=9, updated_at=LATER),
        replayed(status="absorbed", survivor=OTHERS[0], merge_id=MERGE, records_left=(RECORD,)),
        replayed(status="absorbed", survivor=OTHERS[0]),
        replayed(status="live", by_hand=LABELS, created_at=THEN, updated=9, updated_at=LATER),
    ],
    "ContactsSeparated": [
        ContactsSeparated(stream=CONTACT, a=CONTACT, b=RECORD, because_of=UNDONE, by="admin"),
        ContactsSeparated(stream=CONTACT, a=OTHERS[0], b=RECORD, by="admin"),
    ],
    "UndoCompleted": [UndoCompleted(stream=CONTACT, merge_id=UNDONE, by="admin")],
    "ImportUndone": [
        ImportUndone(
            stream=CONTACT,
            import_id=IMPORT,
            rows={RECORD: CONTACT, OTHERS[0]: None},
            kept={OTHERS[1]: "edited", OTHERS[2]: "merged_by_hand", OTHERS[3]: "call_assigned"},
            by="admin",
        ),
        ImportUndone(stream=CONTACT, import_id=IMPORT, rows={CONTACT: None}, by="admin"),
    ],
    "AttentionSettled": [
        AttentionSettled(stream=CONTACT, merge_id=MERGE, by="admin"),
        AttentionSettled(
            stream=CONTACT, identifier=Identifier("phone", "+13195555677"), by="admin"
        ),
        AttentionSettled(
            stream=CONTACT, identifier=Identifier("email", "john@example.test"), by="admin"
        ),
    ],
    "LeadCaptured": [
        LeadCaptured(stream=LEAD, number=WITH_LABEL, activity=ACTIVITY, by="phone"),
        LeadCaptured(stream=LEAD, number=NUMBER, activity=ACTIVITY, by="phone"),
    ],
    "LeadAttached": [LeadAttached(stream=CONTACT, lead=LEAD, by="hubspot")],
    "CallLinked": [
        CallLinked(
            stream=ACTIVITY,
            call=Call(
                direction="inbound",
                number=NUMBER,
                status="voicemail",
                started_at=THEN,
                duration_seconds=75,
                agent="J\u00f3n",
            ),
            contact_id=CONTACT,
            linked_by="most_recent",
            lead_id=LEAD,
            by="phone",
        ),
        CallLinked(
            stream=ACTIVITY,
            call=Call(direction="outbound", status="missed", started_at=LATER),
            linked_by="withheld",
            lead_id=LEAD,
            by="phone",
        ),
    ],
    "MessageLinked": [
        MessageLinked(
            stream=ACTIVITY,
            message=Message(
                direction="outbound",
                number=NUMBER,
                text='"Hi"\n\u2028\U0001f600',
                sent_at=THEN,
                agent="J\u00f3n",
            ),
            contact_id=LEAD,
            linked_by="new_lead",
            lead_id=LEAD,
            by="phone",
        ),
        MessageLinked(
            stream=ACTIVITY,
            message=Message(
                direction="inbound", number=ContactPoint("AMAZON"), text="", sent_at=LATER
            ),
            linked_by="withheld",
            lead_id=LEAD,
            by="phone",
        ),
        MessageLinked(
            stream=ACTIVITY,
            message=Message(direction="inbound", text="", sent_at=LATER),
            linked_by="withheld",
            lead_id=LEAD,
            by="phone",
        ),
    ],
    "CallAssigned": [CallAssigned(stream=ACTIVITY, contact_id=CONTACT, by="agent")],
    "ActivityMoved": [
        ActivityMoved(
            stream=ACTIVITY,
            contact_id=CONTACT,
            linked_by="assigned",
            assigned=CONTACT,
            caused_by=UNDONE,
            by="admin",
        ),
        ActivityMoved(stream=ACTIVITY, linked_by="withheld", by="admin"),
    ],
}
