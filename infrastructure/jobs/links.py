"""Calls and messages of contacts that are gone: finding and doing the jobs that link them."""

from application.jobs.job import LINK, Job
from application.jobs.link_activities import link_others
from domain.call_rule import Link
from infrastructure.account_log.log import EventLog
from infrastructure.garbage import garbage_collected_seldom
from infrastructure.jobs.running import Running
from infrastructure.storage.jobs import running_jobs


def links_to_do(log: EventLog) -> list[Job]:
    """The jobs that are to link what contacts had that are gone, oldest first."""
    with log.snapshot() as session:
        return [job for job in running_jobs(session) if job.kind == LINK]


def carry_out_links(running: Running, _: EventLog) -> None:
    """Link what the contact of a job still has."""
    options = running.job.options
    links = {number: Link(*link) for number, link in options["links"].items()}
    with garbage_collected_seldom():
        link_others(running, options["contact_id"], options["position"], links)
