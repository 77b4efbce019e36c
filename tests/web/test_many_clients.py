"""Many clients at once change the order of records, but never their meaning."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, NamedTuple

import pytest

from tests.web.service import CALL, Account, Service

PEOPLE = 40
SETTINGS = {"integration_leads": "email", "integration_contacts": "phone"}


class Message(NamedTuple):
    """A record or a call from a client. Its number shows its place in the log."""

    number: str
    path: str
    body: dict[str, Any]


def messages(chance: random.Random, client: int, count: int) -> Iterator[Message]:
    """Records of the same few people, who have two phones and two emails each, and their calls."""
    for each in range(count):
        number = f"{client}.{each}"
        person = chance.randrange(PEOPLE)
        phones = [f"+1319555{person:03}{one}" for one in range(2)]
        if chance.random() < 0.2:
            said = {"id": number, "number": chance.choice(phones), "agent": number}
            times = {"started_at": f"2026-05-01T09:{each % 60:02}:00Z"}
            yield Message(number, "/calls", {**CALL, **said, **times})
            continue
        record = {
            "kind": chance.choice(["contact", "lead"]),
            "external_id": f"{person}.{chance.randrange(8)}",
            "name": f"Person {number}",
            "phones": chance.sample(phones, chance.randrange(3)),
            "emails": chance.sample([f"{person}@a.test", f"{person}@b.test"], chance.randrange(3)),
            "attributes": {"message": number},
            "updated_at": f"2026-05-{1 + chance.randrange(28):02}T09:{client:02}:{each % 60:02}Z",
        }
        integration = chance.choice(["hubspot", "salesforce"])
        yield Message(number, f"/integrations/{integration}/records", {"records": [record]})


def send(account: Account, sent: list[Message]) -> None:
    with closing(account.client("admin")) as client:
        for each in sent:
            answer = client.post(account.base + each.path, json=each.body)
            assert answer.status_code in {200, 201}, answer.text


def in_log_order(account: Account, sent: dict[str, Message]) -> list[Message]:
    """The messages that had an effect, in the order of the log."""
    found: dict[str, None] = {}
    for event in account.events():
        record = event["data"].get("record") or {}
        said = record.get("attributes", {}).get("message") or event["data"].get("call", {}).get(
            "agent"
        )
        if said is not None and event["type"] in SENT:
            found[said] = None
    return [sent[each] for each in found]


SENT = {"ContactImported", "ContactsMerged", "RecordUpdated", "CallLinked"}
"""Events that directly come from a message."""


class View:
    """An account without its own ids and times."""

    def __init__(self, account: Account) -> None:
        listed = [each["id"] for each in account.items("/contacts")]
        contacts = [account.get(f"/contacts/{each}").json() for each in listed]
        self._names = {
            event["stream"]: f"lead {event['data']['number']['canonical']}"
            for event in account.events()
            if event["type"] == "LeadCaptured"
        }
        for contact in contacts:
            for record in contact["records"]:
                told = (record["integration"], record["kind"], record["external_id"])
                self._names[record["id"]] = " ".join(told)
        self.contacts = sorted((self._contact(each) for each in contacts), key=str)
        self.merges = [self._merge(each) for each in account.items("/merges")]
        self.calls = {
            each["id"]: self._names[each["contact_id"]] for each in account.items("/calls")
        }

    def _contact(self, contact: dict[str, Any]) -> dict[str, Any]:
        own = {"id", "version", "created_at", "updated_at", "name_from"}
        says = {name: value for name, value in contact.items() if name not in own}
        says["contact"] = self._names[contact["id"]]
        says["absorbed"] = sorted(self._names[each] for each in contact["absorbed"])
        says["records"] = [{**each, "id": self._names[each["id"]]} for each in contact["records"]]
        for points in ("phones", "emails"):
            says[points] = [
                {**each, "records": [self._names[one] for one in each["records"]]}
                for each in contact[points]
            ]
        says["attributes"] = {
            name: (shown["value"], self._names[shown["record"]], shown["since"])
            for name, shown in contact["attributes"].items()
        }
        return says

    def _merge(self, merge: dict[str, Any]) -> dict[str, Any]:
        decision = dict(merge["decision"])
        decision["candidates"] = [
            (self._names[each["contact_id"]], each.get("lost_because"))
            for each in decision["candidates"]
        ]
        del decision["reason"]
        survivor, absorbed = self._names[merge["survivor"]], self._names[merge["absorbed"]]
        return {"survivor": survivor, "absorbed": absorbed, "decision": decision}


def check_many(service: Service, *, clients: dict[str, int], each_sends: int) -> None:
    """Let a number of clients send to each of some accounts at once."""
    accounts = {name: service.account() for name in clients}
    accounts["of some"].admin.put(
        f"{accounts['of some'].base}/merge-settings", json=SETTINGS
    ).raise_for_status()
    chance = random.Random(1)  # noqa: S311 -- people, no secrets
    sent = {
        name: [list(messages(chance, client, each_sends)) for client in range(count)]
        for name, count in clients.items()
    }
    work = [(accounts[name], each) for name in clients for each in sent[name]]
    with ThreadPoolExecutor(len(work)) as pool:
        list(pool.map(lambda given: send(*given), work))
    for name, account in accounts.items():
        by_number = {each.number: each for some in sent[name] for each in some}
        alone = service.account()
        if name == "of some":
            settings = f"{alone.base}/merge-settings"
            alone.admin.put(settings, json=SETTINGS).raise_for_status()
        order = in_log_order(account, by_number)
        assert order != list(by_number.values()), "they have to come by turns"
        assert len(order) > len(by_number) / 2
        send(alone, order)
        together, one_by_one = View(account), View(alone)
        assert together.merges
        assert together.merges == one_by_one.merges
        assert together.contacts == one_by_one.contacts
        assert together.calls == one_by_one.calls
        with account.opened() as log:
            assert log.verify().problems == ()


def test_it_is_as_if_they_had_come_one_by_one_in_the_order_of_the_log(service: Service) -> None:
    check_many(service, clients={"of many": 32, "of some": 8}, each_sends=12)


@pytest.mark.heavy
def test_and_so_with_thousands(service: Service) -> None:
    check_many(service, clients={"of many": 32, "of some": 8}, each_sends=75)
