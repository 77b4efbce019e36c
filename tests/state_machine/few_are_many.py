"""Random histories are short, so in them a few are already very many."""

from collections.abc import Iterator
from contextlib import contextmanager

from application.jobs import link_activities
from domain import names
from infrastructure.account_log import work
from infrastructure.account_log.log import EventLog
from infrastructure.jobs.links import carry_out_links, links_to_do
from infrastructure.jobs.running import Manner, Running
from infrastructure.read_models import attention_rows
from tests.state_machine.naive_attention import NaiveAttention


@contextmanager
def few_are_many() -> Iterator[None]:
    """Let three names be many enough to look at, and two calls too many to be linked at once."""
    at_once, step = work.LINKED_AT_ONCE, link_activities.STEP
    _let(names=2, at_once=1, step=1)
    try:
        yield
    finally:
        _let(names=names.MOST_NAMES, at_once=at_once, step=step)


def _let(*, names: int, at_once: int, step: int) -> None:
    NaiveAttention.most = names
    vars(attention_rows)["MOST_NAMES"] = names
    vars(work)["LINKED_AT_ONCE"] = at_once
    vars(link_activities)["STEP"] = step


def link_the_others(log: EventLog) -> None:
    """Do the jobs that link calls of contacts that are gone, whatever other jobs there are."""
    for job in links_to_do(log):
        carry_out_links(Running(job, log, log, Manner(1)), log)
