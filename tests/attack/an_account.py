"""An account with a little of everything that a store holds of one."""

from io import BytesIO

from application.commands.receive_records import receive_records
from application.commands.record_activity import record_activity
from application.history.undo_merge import undo_merge
from infrastructure.account_log.log import EventLog
from infrastructure.jobs.carry_out import begin_job, carry_out_next
from infrastructure.jobs.file_imports import import_of
from infrastructure.web.answers import Answer, keep_answer
from tests.messages import ADMIN, NOON, call_from, csv_row, hubspot_contact

ACCOUNT = "acme"
FILE = b"Name,Phone\nNew,+13195550188\nNobody,n/a\n"


def fill(log: EventLog) -> None:
    """Records, merges, an undo, calls, answers, a job that is done and one that waits."""
    records = [
        csv_row("John", ["+13195550100"]),
        hubspot_contact("1", "J", ["+13195550100"], updated_at=NOON),
        csv_row("Mary", ["+13195550101"]),
        hubspot_contact("2", "M", ["+13195550101"], updated_at=NOON),
    ]
    merged = receive_records(log, records, by=ADMIN)[-1]
    for number in ("+13195550100", "+13195550199"):
        record_activity(log, call_from(number, NOON), by=ADMIN)
    assert merged.merge_id is not None
    undo_merge(log, merged.merge_id, by=ADMIN)
    for is_waiting in (False, True):
        job = import_of(log, file="people.csv", by=ADMIN, mapping={"Name": "name"})
        log.database.uploads.keep(job.id, BytesIO(FILE))
        with log.database.writing() as session:
            begin_job(log, session, job)
            kept = Answer(201, b"{}", {"Location": "/v1/accounts/acme/contacts/1"})
            keep_answer(session, f"key {is_waiting}", b"digest", kept, log.now())
        if not is_waiting:
            carry_out_next(log, "changes")
