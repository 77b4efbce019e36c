"""Contacts with every kind of text that a file may spoil, and what they say."""

from collections.abc import Mapping
from datetime import UTC, datetime

from hypothesis import strategies as st

from application.documents.contacts import AttributeDocument, ContactDocument, PointDocument

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
_ODD = [
    *("=1+1", "'=1+1", "'", "+1 or 2", "-", "@SUM(A1)", "\t=x", "#N/A", "NULL", "(blank)", "n/a"),
    *('He said "no"', "a,b;c|d\te", "one\ntwo", "one\r\ntwo", "sep=;", "END:VCARD", "a\x0bb"),
    *("_x000D_", "\\n", "\\", "a\\,b;c:d", "MÃ¼ller", "Žofie", "名前", "\U0001f600", "\u2028x"),
    *(
        "Phone 2 - Value",
        "Contact-Merging ID",
        "Name",
        "phone 2",
        "fax",
        "E-mail 1 - Label",
        "a\x0bb",
    ),
    f"{'x' * 60}END:VCARD",
    "ž" * 100,
]
_CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0\r")
TEXTS = (st.sampled_from(_ODD) | st.text(_CHARACTERS, min_size=1, max_size=90)).map(str.strip)
SAID = TEXTS.filter(lambda text: any(map(str.isalnum, text)) or text in _ODD)
PHONES = st.sampled_from(
    [
        "+13195555677",
        "+13195554929;ext=12",
        "+420601123456",
        "call me, 5; x",
        "12 / 34",
        "+1 (9",
        "=7",
    ]
)
EMAILS = st.sampled_from(
    ["john@b.test", '"a,b"@b.test', "=x@b.test", "o'neil+x@b.test", "no;email"]
)
LABELS = (
    st.none() | st.sampled_from(["home", "Mobile", "mobile", "Fax", "=1", "Front, desk"]) | SAID
)


def point(value: str, label: str | None = None) -> PointDocument:
    return PointDocument(
        value=value, written=value, matchable=True, records=[], records_total=0, label=label
    )


def contact(
    name: str | None,
    phones: Mapping[str, str | None] | None = None,
    emails: Mapping[str, str | None] | None = None,
    attributes: Mapping[str, str] | None = None,
    contact_id: str = "06h0k5wqkyk1xrcq",
) -> ContactDocument:
    """A contact as it is listed. `phones` and `emails`: each with its label."""
    return ContactDocument(
        id=contact_id,
        kind="contact",
        name=name,
        phones=[point(*each) for each in (phones or {}).items()],
        emails=[point(*each) for each in (emails or {}).items()],
        attributes={
            each: AttributeDocument(value=value, record=None, since=NOON)
            for each, value in (attributes or {}).items()
        },
        counterparts=[],
        version=1,
        created_at=NOON,
        updated_at=NOON,
    )


ATTRIBUTES = st.dictionaries(SAID.filter(lambda each: each != "name"), SAID, max_size=6)
CONTACTS = st.builds(
    lambda name, phones, emails, attributes: contact(
        name, {"+13195550100": None, **phones}, emails, attributes
    ),
    st.none() | SAID,
    st.dictionaries(PHONES, LABELS, max_size=4),
    st.dictionaries(EMAILS, LABELS, max_size=3),
    ATTRIBUTES,
)
