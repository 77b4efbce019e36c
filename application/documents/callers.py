"""The document of a number that calls."""

from datetime import datetime

from application.documents.activities import ActivityDocument
from application.documents.contacts import ContactDocument
from application.documents.document import Document
from domain.records import RecordKind


class HolderDocument(Document):
    """Another contact or lead that holds the number."""

    contact_id: str
    name: str | None
    kind: RecordKind


class CallerDocument(Document):
    """The contact or lead that a call from a number would go to, and why.

    `number`: in canonical form, null if it is withheld. `others`: the first of those who also hold
    it, in the order in which the rule asks them. `recent`: the contact's last calls and messages.
    """

    number: str | None
    contact: ContactDocument | None
    because: str
    others: list[HolderDocument]
    others_total: int
    recent: list[ActivityDocument]
    last_from_number: datetime | None
