"""The story of the demo: each merge rule at work, and what it decided.

Files are imported as by a user; records of other sources go through the same use case directly.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.resources import as_file, files
from typing import Any

from application.commands.assign_call import assign_call
from application.commands.change_settings import change_settings
from application.commands.receive_records import receive_records
from application.commands.received import Received
from application.commands.record_activity import record_activity
from application.commands.separate_contacts import separate_contacts
from application.commands.withdraw_record import withdraw_record
from application.documents.activities import ActivityDocument
from application.documents.contacts import ConflictDocument
from application.documents.merges import MergeDocument
from application.history.undo_merge import undo_merge
from application.jobs.job import ReadRow
from application.reads.activities import show_activity
from application.reads.conflicts import list_conflicts
from application.reads.contacts import find_contacts, show_contact
from application.reads.exports import export_feed
from application.reads.merges import merge_documents, merges_resting_on
from application.wording import linked_text, lost_text, reason_text
from domain.activities import CallSent, CallStatus
from domain.records import Record, ValueRefused, read_record
from infrastructure.account_log.log import EventLog
from infrastructure.cli import output
from infrastructure.jobs.carry_out import carry_out_here
from infrastructure.jobs.file_imports import import_of
from infrastructure.jobs.running import Manner

REGION = "US"
BY = "demo"
_ROWS = 100
"""Rows of one commit: each file has fewer."""
JOHN = "+13195555677"
SWITCHBOARD = "+15155550100"
MONDAY = datetime(2024, 6, 3, 9, tzinfo=UTC)


def tell(log: EventLog, store: str) -> None:
    """Import and merge the samples in an account of a store, and print what merged and why."""
    for title, step in _CHAPTERS:
        output.line()
        output.line(title, "bold")
        step(log)
    _the_end(log, store)


def _phone_book(log: EventLog) -> None:
    _import(log, "phone_book.csv")


def _shared_switchboard(log: EventLog) -> None:
    _says("Tom and Sue share Acme's switchboard. Once it is declared shared, it matches nobody.")
    change_settings(log, {"shared_identifiers": [SWITCHBOARD]}, by=BY)
    resting = _resting_on_the_switchboard(log)
    _says(f"{len(resting)} past merge rests on it alone, and can be taken back:")
    output.print_merges(resting)
    at_acme = {"company": "Acme"}
    una = _hubspot("100", name="Una Reed", phones=["+1 515 555 0100"], attributes=at_acme)
    _send(log, una)


def _campaign(log: EventLog) -> None:
    _says(
        "csv: phone first; only if no phone matches, email. Jack has John's phone and Mary's email:"
    )
    _import(log, "campaign.csv")


def _same_file_again(log: EventLog) -> None:
    _import(log, "campaign.csv", quietly=True)


def _lead_becomes_contact(log: EventLog) -> None:
    _send(log, _hubspot("L1", kind="lead", name="P. Hill", phones=["+44 20 7946 0018"]))
    _send(log, _hubspot("L2", kind="lead", name="Kim", emails=["kim@example.net"]))
    _send(log, _csv(name="Kim Lee", emails=["Kim@Example.NET"], phones=["515-555-0177"]))


def _email_rule(log: EventLog) -> None:
    change_settings(log, {"integration_contacts": "email"}, by=BY)
    _says("Merge integration contacts by: email")
    _send(log, _hubspot("200", name="Ana S.", emails=["ana@example.org"], phones=["515-555-0199"]))


def _phone_and_email(log: EventLog) -> None:
    change_settings(log, {"integration_contacts": "phone_and_email"}, by=BY)
    _says("Merge integration contacts by: phone number and email, of one and the same contact")
    _send(
        log,
        _hubspot("201", name="M & A", phones=["515-555-0142"], emails=["ana@example.org"]),
        _hubspot("202", name="Kim L.", phones=["515-555-0177"], emails=["kim@example.net"]),
    )


def _never(log: EventLog) -> None:
    change_settings(log, {"integration_contacts": "never"}, by=BY)
    _says("Merge integration contacts by: don't merge")
    _send(log, _hubspot("203", name="Kim twice", phones=["515-555-0177"]))
    change_settings(log, {"integration_contacts": "phone"}, by=BY)


def _sent_again(log: EventLog) -> None:
    _send(log, _hubspot("300", name="Vera Old", phones=["515-555-0155"], at="2024-03-01T00:00:00Z"))
    _says("HubSpot sends Vera again, a newer message and then a late, older one:")
    _send(log, _hubspot("300", name="Vera New", at="2024-05-01T00:00:00Z"))
    _send(log, _hubspot("300", name="Vera Stale", at="2024-04-01T00:00:00Z"))
    _says("HubSpot sends a list without her number, which takes it back; then withdraws a record:")
    _send(log, _hubspot("300", phones=["515-555-0156"], at="2024-06-01T00:00:00Z"))
    withdraw_record(log, "hubspot", "contact", "203", by=BY)
    _says("    the record of `Kim twice` is gone, and so is its contact")


def _api(log: EventLog) -> None:
    _says("Contacts added through the API or the dashboard are never merged:")
    _send(log, _read(source="api", name="John by API", phones=["319-555-5677"]))
    _send(log, _read(source="dashboard", name="Mary, typed in", emails=["mary.miller@example.com"]))


def _calls(log: EventLog) -> None:
    _says("A call goes to the contact that has its number; if none has it, a lead is captured:")
    _call(log, "demo-call-1", "(712) 555-3956", "answered")
    _call(log, "demo-call-2", "515-555-0160", "missed")
    _says("Then the number arrives in a file, and the call goes to that contact:")
    _import(log, "new_customers.csv")
    _has_it_now(log, "demo-call-2")


def _assigned(log: EventLog) -> None:
    change_settings(log, {"integration_contacts": "never"}, by=BY)
    _says("Merge integration contacts by: don't merge. Two contacts hold one number:")
    ida, _ = _send(
        log,
        _hubspot("400", name="Ida West", phones=["515-555-0133"]),
        _hubspot("401", name="West & Co", phones=["515-555-0133"]),
    )
    _says("Calls go to the most recently updated one, unless an agent assigns one:")
    _call(log, "demo-call-3", "515-555-0133", "voicemail")
    _call(log, "demo-call-4", "515-555-0133", "answered")
    if ida.contact_id is not None:
        assign_call(log, "demo-call-4", ida.contact_id, by=BY)
    _says("The agent of the second one assigns it to Ida:")
    _has_it_now(log, "demo-call-4")
    _says("What HubSpot is told of them:")
    with log.reading() as reading:
        output.print_exports(export_feed(reading, integration="hubspot").items)
    change_settings(log, {"integration_contacts": "phone"}, by=BY)


def _undone(log: EventLog) -> None:
    _says("Tom and Sue only met at the switchboard. Their merge is undone; back again:")
    for merge in _resting_on_the_switchboard(log):
        restored = undo_merge(log, merge.id, by=BY)
        with log.reading() as reading:
            output.print_contacts([show_contact(reading, each) for each in restored])
            _says("and what the other one says without it:")
            output.print_contacts([show_contact(reading, merge.survivor)])


def _resting_on_the_switchboard(log: EventLog) -> list[MergeDocument]:
    with log.reading() as reading:
        resting = merges_resting_on(reading, {SWITCHBOARD}, [SWITCHBOARD])
        return merge_documents(reading, list(resting))


def _kept_separate(log: EventLog) -> None:
    _says("Contacts that hold the same phone, and are not separate:")
    before = _print_conflicts(log)
    _says("The two Johns are declared separate, no rule merges them any more; what is left:")
    for conflict in before:
        if conflict.identifier.value == JOHN:
            separate_contacts(log, *conflict.contacts, by=BY)
    _print_conflicts(log)


def _print_conflicts(log: EventLog) -> list[ConflictDocument]:
    """Print the names of contacts that hold the same phone."""
    with log.reading() as reading:
        found = [each for each in list_conflicts(reading).items if each.identifier.kind == "phone"]
        for each in found:
            names = (show_contact(reading, contact_id).name for contact_id in each.contacts)
            _says(f"    {' and '.join(map(str, names))} both hold {each.identifier.value}")
    return found


_CHAPTERS: tuple[tuple[str, Callable[[EventLog], None]], ...] = (
    ("1. A phone book: five people", _phone_book),
    ("2. A shared number", _shared_switchboard),
    ("3. A campaign's csv: John J, and others, again", _campaign),
    ("4. The same file once more changes nothing", _same_file_again),
    ("5. Leads merge into contacts; a contact makes a lead a contact", _lead_becomes_contact),
    ("6. Integration contacts by email", _email_rule),
    ("7. Integration contacts by phone number and email", _phone_and_email),
    ("8. Integration contacts: don't merge", _never),
    ("9. Newest value wins; a source can take back", _sent_again),
    ("10. API and dashboard", _api),
    ("11. A call finds its contact", _calls),
    ("12. Merging is off: a call is assigned by hand", _assigned),
    ("13. A merge is undone", _undone),
    ("14. Two contacts are kept separate", _kept_separate),
)


def _the_end(log: EventLog, store: str) -> None:
    with log.reading() as reading:
        contacts = find_contacts(reading, limit=200).items
    output.line()
    output.line(f"What the account sees now: {len(contacts)} contacts", "bold")
    output.print_contacts(contacts)
    verified = log.verify()
    output.line()
    said = "; ".join(verified.problems) or "all verified."
    output.line(f"{verified.events} events in the log, {said}")
    john = next((each for each in contacts if each.name and "Jones" in each.name), contacts[0])
    output.line("Look around:")
    for command in (
        f"show {john.id}",
        f"history {john.id}",
        f"activities {john.id}",
        "merges",
        "conflicts",
        "contacts --q kim",
    ):
        output.line(f"  contact-merging {command} --store {store} --account {log.account}")


def _import(log: EventLog, name: str, *, quietly: bool = False) -> None:
    """Import one of the sample files and print what became of each row."""

    def told(rows: Sequence[ReadRow], results: Sequence[Received]) -> None:
        for row, result in zip(rows, results, strict=True):
            record = row.record
            shown = _said(record) if isinstance(record, Record) else f"row {row.number}"
            if not quietly:
                _print(shown, result)

    with as_file(files("infrastructure.demo") / "files" / name) as path:
        job = import_of(log, file=name, by=f"import:{name}", region=REGION)
        job = carry_out_here(log, job, path, Manner(_ROWS, told))
    if quietly:
        counts = (f"{job.result[each]} {each}" for each in ("created", "merged", "updated"))
        output.line(f"  {name}: {job.done} rows, {', '.join(counts)}")


def _send(log: EventLog, *records: Record | ValueRefused) -> list[Received]:
    results = receive_records(log, records, by=BY)
    for record, result in zip(records, results, strict=True):
        if isinstance(record, Record):
            _print(_said(record), result)
    return results


def _call(log: EventLog, call_id: str, number: str, status: CallStatus) -> None:
    sent = CallSent(direction="inbound", number=number, status=status, started_at=MONDAY)
    record_activity(log, sent, activity_id=call_id, by=BY)
    call, who = _whose(log, call_id)
    output.line(f"  {status} call from {number}  →  {who}: {linked_text(call.linked_by)}")


def _has_it_now(log: EventLog, call_id: str) -> None:
    call, who = _whose(log, call_id)
    _says(f"    the call from {call.written} is with {who} now")


def _whose(log: EventLog, call_id: str) -> tuple[ActivityDocument, str]:
    """A call, and the name of the contact or lead that has it."""
    with log.reading() as reading:
        call = show_activity(reading, call_id)
        whose = show_contact(reading, str(call.contact_id))
    return call, f"{whose.kind} {whose.name or whose.id}"


def _print(shown: str, result: Received) -> None:
    if result.error is not None:
        output.line(f"  {shown}  →  rejected: {result.error}")
        return
    if result.decision is None:
        raise TypeError("a record that was taken was decided")
    into = f" into {result.contact_id}" if result.outcome == "merged" else ""
    output.line(f"  {shown}  →  {result.outcome}{into}: {reason_text(result.decision)}")
    for candidate in result.decision.candidates:
        if candidate.lost_because is not None:
            output.line(f"      not {candidate.contact_id}: {lost_text(candidate.lost_because)}")


def _said(record: Record) -> str:
    points = (*(record.phones or ()), *(record.emails or ()))
    name = record.name or "(no name)"
    where = f"{record.integration or record.source} {record.kind}"
    return f"{where} {name} {', '.join(point.written for point in points)}".rstrip()


def _says(text: str) -> None:
    output.line(f"  {text}")


def _read(**fields: Any) -> Record:
    return read_record(region=REGION, **fields)


def _csv(**fields: Any) -> Record:
    return _read(source="csv", **fields)


def _hubspot(external_id: str, *, at: str | None = None, **fields: Any) -> Record:
    return _read(
        source="integration",
        integration="hubspot",
        external_id=external_id,
        updated_at=datetime.fromisoformat(at) if at else None,
        **fields,
    )
