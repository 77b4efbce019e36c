"""Link the calls and messages of a contact that is gone, in steps: its own commit had some of them.

Where each number goes was decided in that commit. The contact cannot be restored meanwhile, so
whatever is still its own is still to be linked.
"""

from application.commands.link_activities import link_anew
from application.jobs.job import RunningJob
from domain.call_rule import Link

STEP = 1_000
"""How many are linked in one commit."""


def link_others(
    running: RunningJob, contact_id: str, position: int, links: dict[str, Link]
) -> None:
    """Link what a contact still has, and end the job.

    `position`: of the event that removed the contact; `links`: where each number goes.
    """
    is_last = False
    while not is_last:
        with running.commit() as commit:
            with commit.log.writing() as work:
                some = work.activities_of(contact_id, STEP)
                moved = link_anew(work, some, links, position=position, by=running.job.by)
            is_last = len(some) < STEP or not moved
            commit.note(len(some), {})
            if is_last:
                commit.note_done({})
