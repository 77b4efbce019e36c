"""An event of every type with all that it can carry, and one with as little as it can."""

from collections.abc import Sequence
from datetime import UTC, datetime

from domain.events import (
    AccountOpened,
    ContactImported,
    ContactsMerged,
    Decision,
    Event,
    MergeSettingsChanged,
    RecordUpdated,
    RecordWithdrawn,
)
from domain.identifiers import ContactPoint, Identifier
from domain.matching import Seen
from domain.records import Record
from domain.settings import MergeSettings

CONTACT, RECORD, MERGE = (f"01kzzzzzzz00000000000000{number:02}" for number in range(1, 4))
OTHERS = [f"01kzzzzzzz00000000000001{number:02}" for number in range(1, 9)]
IMPORT = "01kzzzzzzz0000000000000099"

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
    ],
    "ContactsMerged": [
        ContactsMerged(
            stream=CONTACT,
            merge_id=MERGE,
            absorbed=RECORD,
            record=EVERY_FIELD,
            decision=EVERY_REASON,
            by="admin",
            import_id=IMPORT,
        ),
        ContactsMerged(
            stream=CONTACT,
            merge_id=MERGE,
            absorbed=RECORD,
            record=BARE,
            decision=BARE_REASON,
            by="admin",
        ),
    ],
    "RecordUpdated": [
        RecordUpdated(
            stream=CONTACT, record_id=RECORD, record=EVERY_FIELD, by="hubspot", import_id=IMPORT
        ),
        RecordUpdated(stream=CONTACT, record_id=RECORD, record=BARE, by="hubspot"),
    ],
    "RecordWithdrawn": [RecordWithdrawn(stream=CONTACT, record_id=RECORD, by="hubspot")],
}
