"""What an account exports and another one, or the same one, imports again."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.commands.delete_contact import delete_contact
from application.commands.edit_contact import ContactEdit, edit_contact
from application.commands.merge_by_hand import merge_contacts
from application.commands.receive_records import receive_records
from application.jobs.job import Job
from application.reads.contacts import find_contacts
from application.reads.whole_lists import every_contact
from domain.records import Record, Source, read_record
from infrastructure.account_log.log import EventLog
from infrastructure.formats.export import write_contacts
from infrastructure.formats.table import Format
from infrastructure.jobs.carry_out import carry_out_here
from infrastructure.jobs.file_imports import import_of
from infrastructure.jobs.running import Manner
from tests.export.contacts import ATTRIBUTES, LABELS, SAID
from tests.messages import entered
from tests.stores import Place, new_place

random_accounts = pytest.mark.parametrize("many", [4, pytest.param(300, marks=pytest.mark.heavy)])
FORMATS = st.sampled_from(get_args(Format))
every_format = pytest.mark.parametrize("format_", get_args(Format))
SOURCES: list[Source] = ["api", "dashboard", "integration", "csv"]
SHARED = ["+13195550100", "a@b.test", "(319) 555-0101", "x@y.test", "ask Ann"]


def exported(log: EventLog, path: Path, format_: Format) -> Path:
    with path.open("wb") as file, log.reading() as reading:
        write_contacts(every_contact(reading), file, format_)
    return path


def imported(log: EventLog, path: Path) -> dict[str, Any]:
    job: Job = import_of(log, file=path.name, by="admin", region="US")
    job = carry_out_here(log, job, path, Manner(1_000, lambda *_: None))
    assert job.status == "done", job.error
    return dict(job.result)


def says(log: EventLog) -> list[tuple[object, ...]]:
    """What each contact says, oldest first; line ends are all alike."""
    with log.reading() as reading:
        return [
            (
                contact.name and plain(contact.name),
                {plain(each.value) for each in contact.phones},
                {plain(each.value) for each in contact.emails},
                {plain(name): plain(each.value) for name, each in contact.attributes.items()},
            )
            for contact in find_contacts(reading, limit=1_000).items
        ]


def plain(text: str) -> str:
    return text.replace("\r\n", "\n")


def length(log: EventLog) -> int:
    verified = log.verify()
    assert verified.problems == ()
    return verified.events


@st.composite
def records(draw: st.DrawFn, *, sharing: bool) -> list[Record]:
    """Records of every source; without `sharing` no two have a phone or an email in common."""
    made = []
    for number in range(draw(st.integers(1, 5))):
        values: list[tuple[str, str | None]] = [(f"+1319555{number:04}", draw(LABELS))]
        if sharing:
            values += [(each, None) for each in draw(st.sets(st.sampled_from(SHARED)))]
        source = draw(st.sampled_from(SOURCES))
        made.append(
            read_record(
                source=source,
                integration="hubspot" if source == "integration" else None,
                external_id=str(number) if source == "integration" else None,
                region="US",
                name=draw(st.none() | SAID),
                phones=[each for each in values if "@" not in each[0]],
                emails=[each for each in values if "@" in each[0]],
                attributes=draw(ATTRIBUTES),
            )
        )
    return made


class TestRandomAccounts:
    @random_accounts
    def test_an_empty_account_gets_the_same_contacts(self, many: int) -> None:
        @settings(max_examples=many, deadline=None)
        @given(made=records(sharing=False), format_=FORMATS)
        def check(made: list[Record], format_: Format) -> None:
            with (
                new_place("sqlite") as place,
                TemporaryDirectory() as folder,
                closing(place.create("from")) as log,
                closing(place.create("to")) as to,
            ):
                receive_records(log, made, by="sender")
                path = exported(log, Path(folder, "contacts"), format_)
                assert imported(to, path)["created"] == len(made)
                assert says(to) == says(log)

        check()

    @random_accounts
    def test_the_same_account_records_nothing(self, many: int) -> None:
        @settings(max_examples=many, deadline=None)
        @given(made=records(sharing=True), format_=FORMATS)
        def check(made: list[Record], format_: Format) -> None:
            with (
                new_place("sqlite") as place,
                TemporaryDirectory() as folder,
                closing(place.create("acme")) as log,
            ):
                receive_records(log, made, by="sender")
                before, events = says(log), length(log)
                path = exported(log, Path(folder, "contacts"), format_)
                assert imported(log, path)["unchanged"] == len(before)
                assert (says(log), length(log)) == (before, events)

        check()


class TestItsOwnAccount:
    """Ann and Bob share a number; the file names both."""

    @pytest.fixture
    def log(self, place: Place) -> Iterator[EventLog]:
        with closing(place.create("acme")) as log:
            ann = entered("api", "Ann", ["319-555-0100"], ["ann@b.test"])
            bob = entered("dashboard", "Bob", ["319-555-0100"])
            receive_records(log, [ann, bob], by="sender")
            yield log

    def ids(self, log: EventLog) -> list[str]:
        with log.reading() as reading:
            return [each.id for each in every_contact(reading)]

    def names(self, log: EventLog) -> list[str | None]:
        with log.reading() as reading:
            return [each.name for each in every_contact(reading)]

    @every_format
    def test_two_that_share_a_number_stay_as_they_are(
        self, log: EventLog, tmp_path: Path, format_: Format
    ) -> None:
        before = says(log)
        path = exported(log, tmp_path / "contacts", format_)
        assert imported(log, path)["unchanged"] == 2
        assert says(log) == before

    @every_format
    def test_attributes_whose_names_differ_in_line_ends_are_known(
        self, log: EventLog, tmp_path: Path, format_: Format
    ) -> None:
        names = {"Opening\nhours": "9 to 5", "Opening\r\nhours": "10 to 6"}
        edit_contact(log, self.ids(log)[0], ContactEdit(fields=dict(names)), by="admin")
        path = exported(log, tmp_path / "contacts", format_)
        assert imported(log, path)["unchanged"] == 2

    def test_what_was_edited_since_is_matched_like_any_row(
        self, log: EventLog, tmp_path: Path
    ) -> None:
        path = exported(log, tmp_path / "contacts.csv", "csv")
        edit_contact(log, self.ids(log)[0], ContactEdit(fields={"name": "Anna"}), by="admin")
        assert imported(log, path) == {
            "created": 0,
            "merged": 1,
            "updated": 0,
            "unchanged": 1,
            "rejected": 0,
        }

    def test_one_that_was_absorbed_since_is_its_survivor(
        self, log: EventLog, tmp_path: Path
    ) -> None:
        path = exported(log, tmp_path / "contacts.csv", "csv")
        path.write_text(path.read_text("utf-8-sig").replace("Bob", "Ann"))
        ann, bob = self.ids(log)
        merge_contacts(log, ann, bob, by="admin")
        edit_contact(log, ann, ContactEdit(fields={"name": "Ann"}), by="admin")
        assert imported(log, path)["unchanged"] == 2

    def test_one_that_was_deleted_since_is_entered_anew(
        self, log: EventLog, tmp_path: Path
    ) -> None:
        path = exported(log, tmp_path / "contacts.csv", "csv")
        delete_contact(log, self.ids(log)[1], by="admin")
        delete_contact(log, self.ids(log)[0], by="admin")
        assert imported(log, path)["created"] == 1
