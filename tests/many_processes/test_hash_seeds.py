"""Python orders sets of texts differently in each process; an account must be the same in all."""

from contextlib import closing
from multiprocessing import get_context

import pytest

from application.commands.delete_contact import delete_contact
from application.commands.edit_contact import ContactEdit, edit_contact
from application.commands.merge_by_hand import merge_contacts
from application.commands.receive_records import receive_records
from application.commands.restore_contact import restore_contact
from application.commands.withdraw_record import withdraw_record
from application.history.undo_merge import undo_merge
from domain.records import Record, read_record
from domain.value import replace
from tests.messages import hubspot_contact
from tests.stores import Place

ACCOUNT = "default"
NAMES = [f"attribute {number}" for number in range(12)]
PHONES = [f"+1319555{number:04}" for number in range(6)]
EMAILS = [f"{number}@people.test" for number in range(6)]

_context = get_context("spawn")


def record(external_id: str, says: str, names: list[str]) -> Record:
    contact = hubspot_contact(external_id, says, PHONES, EMAILS)
    return replace(contact, attributes=dict.fromkeys(names, says))


def tell(place: Place) -> None:
    """A contact of three records with overlapping values, and everything that it may lose."""
    with closing(place.open(ACCOUNT)) as log:
        for number in range(3):
            said = record(str(number), f"Mary {number}", NAMES[number:] + NAMES[:number])
            (received,) = receive_records(log, [said], by="hubspot")
        mary = str(received.contact_id)
        edit_contact(log, mary, ContactEdit(fields=dict.fromkeys(NAMES[3:6], "by hand")), by="Ann")
        withdraw_record(log, "hubspot", "contact", "2", by="hubspot")
        (other,) = receive_records(log, [read_record(source="api", region="US", name="M")], by="A")
        merge = merge_contacts(log, mary, str(other.contact_id), by="Ann")
        edit_contact(
            log, mary, ContactEdit(fields={}, phones=PHONES[2:], emails=EMAILS[3:]), by="Ann"
        )
        undo_merge(log, merge, by="Ann")
        delete_contact(log, mary, by="Ann")
        restore_contact(log, mary, by="Ann")
        withdraw_record(log, "hubspot", "contact", "1", by="hubspot")


@pytest.mark.parametrize("seed", range(2))
def test_what_one_process_wrote_another_finds_to_be_what_the_log_says(
    place: Place, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(place.create(ACCOUNT)) as log:
        monkeypatch.setenv("PYTHONHASHSEED", str(seed))
        process = _context.Process(target=tell, args=(place,))
        process.start()
        process.join(60)
        assert process.exitcode == 0
        assert log.verify().problems == ()
        assert log.rebuild().differences == ()
