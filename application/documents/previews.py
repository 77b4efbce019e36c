"""What a preview of an import finds, for people to look at before they import the file."""

from application.documents.decisions import MatchedDocument, Outcome
from application.documents.document import Document, Text


class FirstRowDocument(Document):
    """One of the first rows of a file as it is read. `error`: why it is rejected."""

    row: int
    name: Text | None
    phones: list[Text]
    emails: list[Text]
    attributes: dict[Text, Text]
    error: str | None


class JoinDocument(Document):
    """A row that would join a contact, `because` of what, and what both are called.

    `contact_id`: null if an earlier row of the file, `with_row`, would create the contact.
    """

    row: int
    name: Text | None
    contact_id: str | None
    with_row: int | None
    contact_name: Text | None
    matched: list[MatchedDocument]
    because: str
    names_share_no_word: bool


class SharedCandidateDocument(Document):
    """A phone or an email that would join more than five different names, as a switchboard does.

    `rows`: how many rows of the file it would join to a contact with another name.
    """

    identifier: MatchedDocument
    names: list[Text]
    rows: int
    because: str


class RejectedRowsDocument(Document):
    """Rows that would be rejected for one reason: how many, and the numbers of the first ones."""

    reason: str
    count: int
    rows: list[int]


class OutcomesDocument(Document):
    """What would become of rows: one digit for each, its place among the outcomes."""

    outcomes: str


class OtherwiseDocument(Document):
    """A row that came out otherwise than in the preview, and the contacts that it joined."""

    row: int
    previewed: Outcome
    previewed_contact_id: str | None
    outcome: Outcome
    contact_id: str | None


class OtherwiseRowsDocument(Document):
    """How many rows came out otherwise than in the preview, and the first of them."""

    count: int
    examples: list[OtherwiseDocument]


class PreviewDocument(Document):
    """The first of what a preview found, for people: each list begins with what matters most."""

    first_rows: list[FirstRowDocument]
    joins: list[JoinDocument]
    shared_candidates: list[SharedCandidateDocument]
    rejected: list[RejectedRowsDocument]
