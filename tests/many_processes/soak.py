"""Servers are killed, the database is restarted, and clients go on until they are answered.

    python -m tests.many_processes.soak --minutes 5 [--seed N]

Several services over one PostgreSQL, each in a process of its own that is killed now and then, and
many clients, who send a command again, to another service, until it is acknowledged; a few give up,
and a few are gone before the answer. In the end every acknowledged command has to be in the log
once (outcome.py). Prints one JSON document of what happened.
"""

import argparse
import json
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.many_processes.load import Account, Client, Command, learn
from tests.many_processes.outcome import problems_of
from tests.many_processes.servers import PATIENCE, Server, until
from tests.many_processes.soak_report import Counts, Disturbance, Options, report
from tests.postgresql import Server as Database
from tests.stores import Place
from tests.web.service import OPERATOR_KEY

ANSWER_WITHIN = 10.0
"""Seconds that a client waits for an answer before it asks again."""
ACKNOWLEDGED_WITHIN = 90.0
"""Seconds within which a command has to be acknowledged."""
CUT_OFF = 0.02
"""The share of commands whose client is gone before the first answer."""
GIVES_UP = 0.05
"""The share of failed tries after which a client gives up."""
REPEATS = 0.03
"""The share of acknowledged commands that are sent again at once, to another service."""
REPEATED_IN_THE_END = 300
IMPORT_EVERY = 4.0
FOLLOWS = 5.0
"""Seconds after a kill in which long waits count as its consequence."""


class Soak:
    """The run: services, clients, and a thread that kills processes."""

    def __init__(self, options: Options, folder: Path) -> None:
        self.options = options
        self.counts = Counts()
        self.disturbances: list[Disturbance] = []
        self._chance = random.Random(options.seed)  # noqa: S311 -- moments, no secrets
        self._guard = threading.Lock()
        self._is_over = threading.Event()
        self._database = Database()
        self._database.start()
        self.place = Place("postgresql", self._database.new_database(), folder)
        self.servers = [
            Server(self.place, folder / f"server.{number}.log") for number in range(options.servers)
        ]
        self.accounts: list[Account] = []
        self._began = 0.0

    # --- The run

    def run(self) -> dict[str, Any]:
        """Do the run. Returns its result."""
        for server in self.servers:
            server.start(wait=False)
        for server in self.servers:
            until(server.is_there, "it answers")
        self._make_accounts()
        self._began = time.monotonic()
        threads = [
            threading.Thread(target=self._ask, args=(number,))
            for number in range(self.options.clients)
        ]
        threads.append(threading.Thread(target=self._import))
        for thread in threads:
            thread.start()
        try:
            self._disturb()
        finally:
            self._is_over.set()
            for thread in threads:
                thread.join()
        took = time.monotonic() - self._began
        self._wait_for_imports()
        self._repeat_in_the_end()
        for server in self.servers:
            server.stop()
        outcomes = [problems_of(self.place, account) for account in self.accounts]
        return report(
            self.options,
            self.counts,
            self.disturbances,
            took=took,
            began=self._began,
            accounts=self.accounts,
            outcomes=outcomes,
            logs=[server.log for server in self.servers],
        )

    def close(self) -> None:
        """Leave no process behind."""
        for server in self.servers:
            server.close()
        self._database.close()

    def _make_accounts(self) -> None:
        operator = {"authorization": f"Bearer {OPERATOR_KEY}"}
        with httpx.Client(base_url=self.servers[0].url, headers=operator, timeout=30) as client:
            for number in range(self.options.accounts):
                name, role = f"soaked_{number}", {"role": "admin", "name": "Ann"}
                body = {"id": name, "default_region": "US"}
                client.post("/v1/accounts", json=body).raise_for_status()
                made = client.post(f"/v1/accounts/{name}/keys", json=role).raise_for_status()
                is_small = number < self.options.small_accounts
                limit = self.options.commands_of_small if is_small else None
                self.accounts.append(Account(name, made.json()["key"], limit))

    # --- The kills

    def _disturb(self) -> None:
        """Kill and restart processes and the database on schedule, until the time is over."""
        options = self.options
        kills = int(options.seconds / options.kill_every)
        plan = [(each * options.kill_every, "server") for each in range(1, kills + 1)]
        for at, what in sorted((*plan, *options.restarts)):
            if at >= options.seconds or self._is_over.wait(self._began + at - time.monotonic()):
                continue
            if what == "server":
                self._kill_a_server()
            else:
                self._restart_the_database(what)
        self._is_over.wait(self._began + options.seconds - time.monotonic())

    def _kill_a_server(self) -> None:
        server = self._chance.choice(self.servers)
        with self._disturbance(f"server {self.servers.index(server)}"):
            if self._chance.random() < 0.5:
                server.kill()
            else:
                server.kill_all()  # and the imports that it has begun
            server.start()

    def _restart_the_database(self, how: str) -> None:
        with self._disturbance(f"database, {how}"):
            if how == "kill":
                self._database.kill()
            else:
                self._database.stop(immediate=how == "immediate")
            self._database.start()
            for server in self.servers:
                until(lambda server=server: _is_ready(server), "it is ready")  # type: ignore[misc]

    @contextmanager
    def _disturbance(self, what: str) -> Iterator[None]:
        disturbance = Disturbance(what, time.monotonic())
        with self._guard:
            self.disturbances.append(disturbance)
        yield
        disturbance.there_again = time.monotonic() - disturbance.at

    # --- The clients

    def _ask(self, number: int) -> None:
        client = Client(number, self.options.seed, self.accounts)
        with httpx.Client(timeout=ANSWER_WITHIN) as http:
            while not self._is_over.is_set():
                self._carry_out(http, client.chance, client.next())

    def _import(self) -> None:
        client = Client(self.options.clients, self.options.seed, self.accounts)
        with httpx.Client(timeout=ANSWER_WITHIN) as http:
            while not self._is_over.wait(IMPORT_EVERY):
                self._carry_out(http, client.chance, client.file())

    def _carry_out(self, http: httpx.Client, chance: random.Random, command: Command) -> None:
        """Send a command to changing services until there is an answer."""
        began = time.monotonic()
        cut_off = command.kind != "read" and chance.random() < CUT_OFF
        while True:
            within = chance.uniform(0.001, 0.02) if cut_off else ANSWER_WITHIN
            command.attempts += 1
            answer = self._try(http, chance, command, within)
            if answer is not None:
                break
            if not cut_off and chance.random() < GIVES_UP:
                return
            if time.monotonic() > began + ACKNOWLEDGED_WITHIN:
                self._note(f"{command.marker} is not acknowledged")
                return
            self.counts.cut_off += cut_off
            cut_off = False
            time.sleep(chance.uniform(0.01, 0.1))
        command.status, command.answer = answer.status_code, answer.content
        self._took(command, began)
        if not command.is_done and command.status not in command.refusals:
            self._note(f"{command.kind} {command.marker}: {answer.status_code} {answer.text[:500]}")
        if command.is_done:
            if command.kind != "read":
                learn(command, answer.json() if answer.content else None)
            if command.has_key and chance.random() < REPEATS:
                self._repeat(http, chance, command)

    def _try(
        self, http: httpx.Client, chance: random.Random, command: Command, within: float
    ) -> httpx.Response | None:
        """Send a command once to some service. Returns None if it must be sent again."""
        url = chance.choice(self.servers).url
        if not url:
            return None
        headers = {"authorization": f"Bearer {command.account.key}"}
        if command.has_key:
            headers["idempotency-key"] = command.marker
        files = {"file": ("people.csv", command.file)} if command.file is not None else None
        with self._guard:
            self.counts.attempts += 1
        try:
            answer = http.request(
                command.method,
                f"{url}{command.account.base}{command.path}",
                json=command.body,
                files=files,
                headers=headers,
                timeout=within,
            )
        except httpx.TransportError as error:
            why = type(error).__name__
        else:
            if answer.status_code != 503:
                return answer
            why = f"503 {'beside' if self._restarts() else 'without'} a restart of the database"
        with self._guard:
            self.counts.again[why] += 1
        return None

    def _restarts(self) -> bool:
        """Whether the database was just restarted."""
        now = time.monotonic()
        return any(
            each.what.startswith("database") and now < each.at + each.there_again + FOLLOWS
            for each in self.disturbances
        )

    def _repeat(self, http: httpx.Client, chance: random.Random, command: Command) -> None:
        """Send an acknowledged command again, and check that it gets the first answer."""
        until_then = time.monotonic() + ACKNOWLEDGED_WITHIN
        while time.monotonic() < until_then:
            answer = self._try(http, chance, command, ANSWER_WITHIN)
            if answer is not None:
                break
            time.sleep(0.05)
        else:
            self._note(f"{command.marker} is not answered again")
            return
        with self._guard:
            self.counts.repeated += 1
        first = (command.status, command.answer)
        if (answer.status_code, answer.content) != first:
            self._note(f"{command.marker}: first {first}, then {answer.content!r}")
        if "idempotent-replayed" not in answer.headers:
            self._note(f"{command.marker}: it was done again")

    def _took(self, command: Command, began: float) -> None:
        now = time.monotonic()
        with self._guard:
            longest = self.counts.longest
            longest[command.kind] = max(longest.get(command.kind, 0.0), now - began)
            for each in reversed(self.disturbances):
                if began > each.at + FOLLOWS:
                    break
                if now > each.at:
                    wait = now - max(began, each.at)
                    each.longest_wait = max(each.longest_wait, wait)

    def _note(self, what: str) -> None:
        with self._guard:
            self.counts.other.append(what)

    # --- The end

    def _wait_for_imports(self) -> None:
        """Wait until all accepted files are imported."""
        accepted = [
            each
            for account in self.accounts
            for each in account.sent
            if each.kind == "import" and each.is_done
        ]
        with httpx.Client(base_url=self.servers[0].url, timeout=30) as http:
            for each in accepted:

                def has_ended(command: Command = each) -> bool:
                    headers = {"authorization": f"Bearer {command.account.key}"}
                    import_id = json.loads(command.answer)["id"]
                    path = f"{command.account.base}/imports/{import_id}"
                    shown = http.get(path, headers=headers).json()
                    if shown["status"] == "failed":
                        self._note(f"import {command.marker}: {shown['error']}")
                    return bool(shown["status"] != "running")

                until(has_ended, f"{each.marker} is imported", within=2 * PATIENCE)

    def _repeat_in_the_end(self) -> None:
        done = [
            each
            for account in self.accounts
            for each in account.sent
            if each.is_done and each.has_key
        ]
        chosen = self._chance.sample(done, min(len(done), REPEATED_IN_THE_END))
        with httpx.Client(timeout=ANSWER_WITHIN) as http:
            for each in chosen:
                self._repeat(http, self._chance, each)


def _is_ready(server: Server) -> bool:
    try:
        return httpx.get(f"{server.url}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def soak(options: Options) -> dict[str, Any]:
    """Do a run. Returns the report."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        run = Soak(options, Path(folder))
        stack.callback(run.close)
        return run.run()


def in_minutes(minutes: float, seed: int) -> Options:
    """Options for a run of some minutes in which the database is restarted twice."""
    seconds = minutes * 60
    restarts = ((seconds * 0.35, "fast"), (seconds * 0.7, "kill"))
    return Options(seconds=seconds, seed=seed, restarts=restarts)


def main() -> None:
    """Run as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    told = soak(in_minutes(given.minutes, given.seed))
    print(json.dumps(told, indent=2))  # noqa: T201 -- what it is for


if __name__ == "__main__":
    main()
