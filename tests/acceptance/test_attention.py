"""What to look at first, on the command line, and what happened on each day."""

import re

from tests.acceptance.command_line import CommandLine
from tests.acceptance.test_calls_and_messages import call
from tests.messages import JOHN, MARY

STRANGERS = f"Name,Phone\nAnn Lee,{JOHN}\nBob Wood,{JOHN}\nNobody,n/a\n"


def kinds(cli: CommandLine) -> list[str]:
    return [each["kind"] for each in cli.run("attention", "--json").document["items"]]


class TestAttention:
    def test_it_lists_merges_with_calls_then_jobs_then_the_rest(self, cli: CommandLine) -> None:
        cli.imports(STRANGERS)
        cli.imports(f"Name,Phone\nCyd,{MARY}\nDee,{MARY}\n")
        call(cli, JOHN)

        lines = re.sub(r"\n {6}", " ", cli.run("attention").out).splitlines()

        first, second = cli.run("merges", "--json").document["items"][::-1]
        (job,) = (
            each["job_id"]
            for each in cli.run("attention", "--json").document["items"]
            if each["kind"] == "job"
        )
        share_no_word = "and the names share no word: a phone number matched:"
        assert lines == [
            f"{first['id']}  merge  {first['survivor']} Bob Wood  1 call or message",
            f"    “Bob Wood” was merged into “Ann Lee”, {share_no_word} {JOHN}",
            f"{job}  job",
            "    the import of file1.csv rejected 1 row",
            f"{second['id']}  merge  {second['survivor']} Dee",
            f"    “Dee” was merged into “Cyd”, {share_no_word} {MARY}",
        ]

    def test_what_is_settled_leaves_the_list_also_twice(self, cli: CommandLine) -> None:
        cli.imports(STRANGERS)
        assert kinds(cli) == ["job", "merge"]

        for item in [each["id"] for each in cli.run("attention", "--json").document["items"]]:
            assert cli.run("attention", "--settle", item, "--json").document == {"settled": item}
            assert cli.run("attention", "--settle", item).lines == [f"{item} is settled"]

        assert kinds(cli) == []
        cli.events()

    def test_what_is_not_there_is_refused(self, cli: CommandLine) -> None:
        cli.imports(STRANGERS)

        cli.run("attention", "--settle", "nothing").refuses(
            "there is no merge, phone, email or job to look at `nothing`"
        )

    def test_a_dry_run_is_not_looked_at(self, cli: CommandLine) -> None:
        cli.imports(f"Name,Phone\nCyd,{MARY}\n")
        cli.imports(STRANGERS, "--dry-run")

        assert kinds(cli) == []


def test_days_counts_what_happened(cli: CommandLine) -> None:
    cli.imports(STRANGERS)
    call(cli, JOHN)

    days = cli.run("days", "--json").document["items"]

    assert [(each["source"], each["outcome"], each["number"]) for each in days] == [
        ("csv", "merged", 1),
        ("csv", "created", 1),
        (None, "call", 1),
    ]
    assert [line[10:] for line in cli.run("days").lines] == [
        "         1  merged            csv",
        "         1  created           csv",
        "         1  call",
    ]
