"""Given these messages, when this one comes, then these events, and this contact says this.

    given(john).when(row).then(merged("c1", "c2", row, …)).shows("c1", name="John J", phones=[…])

The n-th message of a test brings the contact id `cn` and the merge id `mn`.
"""

from domain.events import Event
from domain.settings import MergeSettings
from domain.shown import union, whole
from tests.account_in_memory import AccountInMemory
from tests.messages import Message


class Story:
    """An account and the events of the last message."""

    def __init__(self, settings: MergeSettings) -> None:
        self.account = AccountInMemory(settings)
        self.events: list[Event] = []

    def when(self, *messages: Message) -> "Story":
        """Take messages; `then` speaks of the last."""
        for message in messages:
            self.events = self.account.take(message)
        return self

    def then(self, *expected: Event) -> "Story":
        """Check that the last message gave exactly these events, field by field."""
        assert self.events == list(expected)
        return self

    def shows(self, contact_id: str, **says: str | list[str]) -> "Story":
        """Check all that a live contact shows: kind, attributes, phones and emails in order."""
        contact = self.account.live[contact_id]
        lists = {"phones": list(union(contact, "phone")), "emails": list(union(contact, "email"))}
        fields = {name: shown.value for name, shown in whole(contact).attributes.items()}
        silent = {"kind": "contact", "phones": [], "emails": []}
        assert {**fields, **lists, "kind": whole(contact).kind} == {**silent, **says}
        return self

    def contacts(self, *contact_ids: str) -> "Story":
        """These contacts are live, and no others."""
        assert sorted(self.account.live) == sorted(contact_ids)
        return self


def given(*messages: Message, settings: MergeSettings | None = None) -> Story:
    """An account with the default settings, unless told, that took these messages."""
    return Story(settings or MergeSettings(default_region="US")).when(*messages)
