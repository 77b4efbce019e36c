"""The help article, sentence by sentence, through HTTP alone: requests, and their answers."""

from time import monotonic, sleep
from typing import Any

import pytest

from tests.web.service import Account

HEADER = "Contact Name,Contact Phone #s,Contact Email\n"
JOHN_JONES = f'{HEADER}John Jones,"+1-319-555-5677, +1-319-555-4929",\n'
JOHN, JOHN_TOO, ROW, MARY = "+13195555677", "+13195554929", "+17125553956", "+13195550100"
AT = "2026-05-01T09:30:00Z"

RULES = ["phone", "email", "phone_and_email", "never"]
MERGED_BY = {
    "phone": ["merged", "created", "merged"],
    "email": ["created", "merged", "merged"],
    "phone_and_email": ["created", "created", "merged"],
    "never": ["created", "created", "created"],
}
"""By rule, the outcomes for records with the phone, with the email, and with both."""


def imports(account: Account, rows: str) -> dict[str, int]:
    """Import a csv file. Returns the counts of its rows, without zeros."""
    file = {"file": ("people.csv", rows)}
    begun = account.admin.post(f"{account.base}/imports", files=file)
    assert begun.status_code == 202
    assert begun.json()["status"] == "running"
    deadline = monotonic() + 60
    while (import_ := account.admin.get(begun.headers["location"]).json())["status"] == "running":
        assert monotonic() < deadline, "it does not end"
        sleep(0.05)
    assert (import_["status"], import_["error"]) == ("done", None)
    return {name: number for name, number in import_["rows"].items() if number}


def enters(account: Account, **contact: Any) -> str:
    """Enter a contact; its id."""
    entered = account.post("/contacts", contact)
    assert entered.status_code == 201
    assert entered.json()["outcome"] == "created"
    return str(entered.json()["contact_id"])


def sends(account: Account, integration: str, *records: dict[str, Any]) -> list[dict[str, Any]]:
    """Send records of an integration. Returns the outcome of each."""
    sent = account.post(f"/integrations/{integration}/records", {"records": records})
    assert sent.status_code == 200
    results: list[dict[str, Any]] = sent.json()["results"]
    return results


def sets(account: Account, **settings: str) -> None:
    """Change merge settings."""
    now = account.get("/merge-settings").json()
    changed = account.admin.put(f"{account.base}/merge-settings", json=now | settings)
    assert changed.json() == {**now, **settings, "merges_resting_on_shared": []}


def calls(account: Account, number: str, **more: Any) -> dict[str, Any]:
    """Record a call."""
    call = {"direction": "inbound", "number": number, "status": "answered"}
    times = {"started_at": AT, "duration_seconds": 63}
    recorded = account.post("/calls", {**call, **times, **more})
    assert recorded.status_code == 201
    activity: dict[str, Any] = recorded.json()
    return activity


def contacts(account: Account, **query: str) -> list[dict[str, Any]]:
    """The values of each contact, oldest first, without empty ones."""
    said = [
        {
            "name": contact["name"],
            "phones": [point["value"] for point in contact["phones"]],
            "emails": [point["value"] for point in contact["emails"]],
            **{name: shown["value"] for name, shown in contact["attributes"].items()},
        }
        for contact in account.get("/contacts", **query).json()["items"]
    ]
    return [{name: value for name, value in each.items() if value} for each in said]


def exports(account: Account, integration: str) -> list[tuple[str, Any, Any]]:
    """The export feed: each activity's id, its target, and the one that it moved from."""
    feed = account.get("/exports", integration=integration).json()["items"]
    return [
        (item["activity"]["id"], *(item[to] and item[to]["external_id"] for to in TO))
        for item in feed
    ]


TO = ("target", "moved_from")


def merges_by(rule: str, account: Account, integration: str, kind: str) -> list[dict[str, Any]]:
    """Send a record with John's phone, one with his email and one with both: all that meet merge.

    Returns the outcome of each.
    """
    john = enters(account, name="John", phones=[JOHN], emails=["john@example.com"])
    results = sends(
        account,
        integration,
        {"kind": kind, "external_id": "1", "phones": ["(319) 555-5677"]},
        {"kind": kind, "external_id": "2", "emails": ["John@Example.com"]},
        {
            "kind": kind,
            "external_id": "3",
            "phones": ["319-555-5677"],
            "emails": ["john@example.com"],
        },
    )
    assert [each["outcome"] for each in results] == MERGED_BY[rule]
    assert {each["contact_id"] for each in results if each["outcome"] == "merged"} <= {john}
    return results


class TestWhatIsAMergedContact:
    def test_the_row_as_it_is_printed_shares_no_number_and_stays_a_contact_of_its_own(
        self, account: Account
    ) -> None:
        imports(account, JOHN_JONES)
        assert imports(account, f"{HEADER}John J,+1-712-555-3956,\n") == {"read": 1, "created": 1}
        assert contacts(account) == [
            {"name": "John Jones", "phones": [JOHN, JOHN_TOO]},
            {"name": "John J", "phones": [ROW]},
        ]

    def test_the_row_as_it_is_told_matches_by_phone_and_the_two_become_one(
        self, account: Account
    ) -> None:
        imports(account, JOHN_JONES)
        rows = f'{HEADER}John J,"+1-712-555-3956, (319) 555-5677",\n'
        assert imports(account, rows) == {"read": 1, "merged": 1}
        assert contacts(account) == [{"name": "John J", "phones": [JOHN, JOHN_TOO, ROW]}]
        (merge,) = account.get("/merges").json()["items"]
        assert merge["decision"]["rule"] == "csv"
        assert merge["decision"]["matched"] == [{"kind": "phone", "value": JOHN}]

    def test_it_has_a_union_of_all_phones_and_emails_and_the_newest_value_of_the_rest(
        self, account: Account
    ) -> None:
        record = {"kind": "contact", "phones": [JOHN]}
        sends(
            account,
            "hubspot",
            {
                **record,
                "external_id": "newer",
                "emails": ["jj@example.com"],
                "attributes": {"company": "Apex"},
                "updated_at": "2026-05-02T00:00:00Z",
            },
            {
                **record,
                "external_id": "older",
                "name": "John",
                "emails": ["j@example.com"],
                "attributes": {"company": "Acme", "city": "Ames"},
                "updated_at": "2026-05-01T00:00:00Z",
            },
        )
        assert contacts(account) == [
            {
                "name": "John",
                "phones": [JOHN],
                "emails": ["jj@example.com", "j@example.com"],
                "company": "Apex",
                "city": "Ames",
            }
        ]


class TestIntegrationContacts:
    @pytest.mark.parametrize("integration", ["hubspot", "salesforce"])
    @pytest.mark.parametrize("rule", RULES)
    def test_merge_integration_contacts_by(
        self, account: Account, rule: str, integration: str
    ) -> None:
        sets(account, integration_contacts=rule, integration_leads="never")
        results = merges_by(rule, account, integration, "contact")
        assert {each["decision"]["rule"] for each in results} == {rule}

    @pytest.mark.parametrize("rule", RULES)
    def test_merge_integration_leads_with_contacts_by(self, account: Account, rule: str) -> None:
        sets(account, integration_leads=rule, integration_contacts="never")
        merges_by(rule, account, "hubspot", "lead")
        assert len(contacts(account, kind="lead")) == MERGED_BY[rule].count("created")

    def test_phone_number_and_email_must_match_with_one_and_the_same_contact(
        self, account: Account
    ) -> None:
        sets(account, integration_contacts="phone_and_email")
        john = enters(account, name="John", phones=[JOHN])
        mary = enters(account, name="Mary", emails=["mary@example.com"])
        both = {"phones": [JOHN], "emails": ["mary@example.com"]}
        (third,) = sends(account, "hubspot", {"kind": "contact", "external_id": "1", **both})
        assert third["outcome"] == "created"
        assert {each["contact_id"] for each in third["decision"]["candidates"]} == {john, mary}

    @pytest.mark.parametrize("role", ["agent", "integration", "auditor"])
    def test_user_level_admin(self, account: Account, role: str) -> None:
        somebody = account.client(role, "hubspot" if role == "integration" else None)
        settings = account.get("/merge-settings").json()
        refused = somebody.put(f"{account.base}/merge-settings", json=settings)
        assert refused.status_code == 403
        assert refused.json()["type"] == "/problems/forbidden"

    def test_csv_and_public_api_are_not_affected_by_these_settings(self, account: Account) -> None:
        imports(account, JOHN_JONES)
        sets(account, integration_leads="never", integration_contacts="never")
        assert imports(account, f"{HEADER}John J,319-555-4929,\n") == {"read": 1, "merged": 1}
        sets(account, integration_leads="phone", integration_contacts="phone")
        enters(account, name="John by API", phones=[JOHN], source="api")
        assert [each["name"] for each in contacts(account)] == ["John J", "John by API"]


class TestLeadsAreUnassociatedNumbers:
    def test_a_call_from_a_new_number_creates_a_lead(self, account: Account) -> None:
        call = calls(account, "(319) 555-5677")
        assert (call["linked_by"], call["contact_kind"]) == ("new_lead", "lead")
        (lead,) = account.get("/contacts", kind="lead").json()["items"]
        assert (lead["id"], lead["phones"][0]["value"]) == (call["contact_id"], JOHN)

    def test_once_a_contact_holds_the_number_it_is_unassociated_no_more(
        self, account: Account
    ) -> None:
        call = calls(account, JOHN)
        john = enters(account, name="John", phones=[JOHN])
        moved = account.get(f"/calls/{call['id']}").json()
        assert (moved["contact_id"], moved["contact_kind"]) == (john, "contact")
        assert contacts(account, kind="lead") == []
        absorbed = account.get(f"/contacts/{call['contact_id']}").json()
        assert (absorbed["id"], absorbed["requested_id"]) == (john, call["contact_id"])


class TestCallAndSmsExport:
    def test_calls_go_to_the_most_recent_update_of_the_integration_counterparts(
        self, account: Account
    ) -> None:
        record = {"kind": "contact", "phones": [JOHN]}
        sends(
            account,
            "hubspot",
            {**record, "external_id": "recent", "updated_at": "2026-05-02T00:00:00Z"},
            {**record, "external_id": "earlier", "updated_at": "2026-05-01T00:00:00Z"},
        )
        call = calls(account, JOHN)
        message = account.post(
            "/messages",
            {"direction": "inbound", "number": JOHN, "text": "Call me back", "sent_at": AT},
        )
        assert exports(account, "hubspot") == [
            (call["id"], "recent", None),
            (message.json()["id"], "recent", None),
        ]

    def test_calls_are_exported_to_their_matching_contacts_or_leads(self, account: Account) -> None:
        sends(
            account,
            "hubspot",
            {"kind": "contact", "external_id": "john", "phones": [JOHN]},
            {"kind": "lead", "external_id": "mary", "phones": [MARY]},
        )
        calls(account, JOHN, id="of-a-contact")
        calls(account, MARY, id="of-a-lead")
        calls(account, ROW, id="of-a-new-number")
        assert exports(account, "hubspot") == [
            ("of-a-contact", "john", None),
            ("of-a-lead", "mary", None),
        ]

    def test_when_contacts_and_leads_merge_their_calls_go_along(self, account: Account) -> None:
        sends(account, "hubspot", {"kind": "lead", "external_id": "77", "phones": [JOHN]})
        calls(account, JOHN, id="before")
        contact = {"kind": "contact", "external_id": "151", "phones": [JOHN]}
        (merged,) = sends(account, "hubspot", contact)
        assert merged["outcome"] == "merged"
        calls(account, JOHN, id="after")
        assert exports(account, "hubspot") == [("before", "77", None), ("after", "151", None)]


class TestWhenMergingIsDisabled:
    def test_an_agent_assigns_a_call_to_an_existing_contact_and_that_wins(
        self, account: Account
    ) -> None:
        sets(account, integration_contacts="never")
        john, jack = sends(
            account,
            "hubspot",
            {"kind": "contact", "external_id": "john", "phones": [JOHN]},
            {"kind": "contact", "external_id": "jack", "phones": [JOHN]},
        )
        call = calls(account, JOHN, id="call-1")
        assert (call["contact_id"], call["linked_by"]) == (jack["contact_id"], "most_recent")
        with account.client("agent") as agent:
            assigned = agent.post(
                f"{account.base}/calls/call-1/assignment", json={"contact_id": john["contact_id"]}
            ).json()
        assert (assigned["contact_id"], assigned["linked_by"]) == (john["contact_id"], "assigned")
        assert exports(account, "hubspot") == [
            ("call-1", "jack", None),
            ("call-1", "john", "jack"),
        ]

    @pytest.mark.parametrize("status", ["missed", "voicemail", "answered"])
    def test_calls_that_nobody_assigns_go_to_the_most_recently_updated_contact(
        self, account: Account, status: str
    ) -> None:
        earlier = enters(account, name="John", phones=[JOHN])
        recent = enters(account, name="Jack", phones=[JOHN])
        assert calls(account, JOHN, status=status)["contact_id"] == recent
        account.admin.patch(f"{account.base}/contacts/{earlier}", json={"name": "John Jones"})
        assert calls(account, JOHN, status=status)["contact_id"] == earlier

    def test_so_do_messages(self, account: Account) -> None:
        enters(account, name="John", phones=[JOHN])
        recent = enters(account, name="Jack", phones=[JOHN])
        message = {"direction": "inbound", "number": JOHN, "text": "Hello", "sent_at": AT}
        sent = account.post("/messages", message).json()
        assert (sent["contact_id"], sent["linked_by"]) == (recent, "most_recent")


class TestCsvContacts:
    def test_a_contact_merges_by_phone_number(self, account: Account) -> None:
        enters(account, name="John", phones=[JOHN])
        assert imports(account, f"{HEADER}J,319.555.5677,\n") == {"read": 1, "merged": 1}

    def test_a_contact_merges_by_email(self, account: Account) -> None:
        enters(account, name="Mary", emails=["mary@example.com"])
        rows = f"{HEADER}M,n/a,Mary <Mary@Example.com>\n"
        assert imports(account, rows) == {"read": 1, "merged": 1}

    def test_the_phone_of_john_takes_priority_over_the_email_of_mary(
        self, account: Account
    ) -> None:
        john = enters(account, name="John", phones=[JOHN])
        mary = enters(account, name="Mary", emails=["mary@example.com"])
        imports(account, f"{HEADER}Jack,+1-319-555-5677,mary@example.com\n")
        (merge,) = account.get("/merges").json()["items"]
        assert merge["survivor"] == john
        assert merge["decision"]["candidates"] == [
            {"contact_id": john},
            {"contact_id": mary, "lost_because": "email_after_phone"},
        ]
        why = account.get("/explanations", a=merge["absorbed"], b=john).json()
        assert why["same"] is True
        assert why["because"].endswith(f"a phone number matched: {JOHN}")


class TestWeDoNotMergeWhen:
    def test_already_imported_contacts_are_updated(self, account: Account) -> None:
        """By hand or by their source, even with the number of another contact."""
        record = {"kind": "contact", "external_id": "1", "name": "John"}
        sends(account, "hubspot", {**record, "phones": [JOHN]})
        mary = enters(account, name="Mary", phones=[MARY])
        edited = account.admin.patch(f"{account.base}/contacts/{mary}", json={"phones": [JOHN]})
        assert edited.status_code == 200
        enters(account, name="Other", phones=[ROW])
        (updated,) = sends(account, "hubspot", {**record, "phones": [JOHN, ROW]})
        assert updated["outcome"] == "updated"
        assert [each["name"] for each in contacts(account)] == ["John", "Mary", "Other"]
        assert account.get("/merges").json()["items"] == []

    @pytest.mark.parametrize("source", ["dashboard", "phone_app", "api"])
    def test_a_new_contact_is_created_directly_or_by_the_api(
        self, account: Account, source: str
    ) -> None:
        values = {"phones": [JOHN], "emails": ["john@example.com"]}
        sends(account, "hubspot", {"kind": "contact", "external_id": "1", **values})
        created = account.post("/contacts", {"name": "John", "source": source, **values}).json()
        assert created["outcome"] == "created"
        assert created["decision"]["rule"] == "never"
        assert len(contacts(account, phone=JOHN)) == 2
        pairs = account.get("/conflicts").json()["items"]
        assert {pair["identifier"]["value"] for pair in pairs} <= {JOHN, "john@example.com"}
        assert pairs
