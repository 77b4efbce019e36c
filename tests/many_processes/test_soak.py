"""Servers are killed and the database restarts: acknowledged commands are done exactly once."""

import pytest

from tests.many_processes.soak import in_minutes, soak
from tests.many_processes.soak_report import Options
from tests.postgresql_programs import NoPostgresql, find_programs

pytestmark = [pytest.mark.alone, pytest.mark.heavy]


@pytest.mark.parametrize(
    "options",
    [
        Options(
            seconds=10,
            servers=2,
            clients=6,
            accounts=5,
            small_accounts=2,
            kill_every=3.5,
            restarts=((5, "kill"),),
        ),
        in_minutes(5, seed=1),
    ],
    ids=["10 seconds", "5 minutes"],
)
def test_every_acknowledged_command_is_there_once(options: Options) -> None:
    try:
        find_programs()
    except NoPostgresql as missing:
        pytest.skip(str(missing))
    report = soak(options)
    assert report["problems"] == []
    assert report["other_answers"] == []
    assert report["failed_requests"]
    assert report["answers_compared_again"] > 100
    assert report["events_told_by_the_oracle"] > 100
