"""What the product and the oracle say of a contact, in one form, and where they differ."""

from collections.abc import Iterable

from application.documents.contacts import ContactDocument
from application.ports import Reading
from application.reads.activities import contact_activities
from tests.state_machine.naive_contact import Contact
from tests.state_machine.naive_oracle import Account


def told(
    reading: Reading, contact: ContactDocument, numbers: dict[str, int], calls: dict[str, int]
) -> object:
    """What the product says of a contact. `numbers` and `calls`: the oracle's, by id."""
    texts = {name: (each.value, each.record) for name, each in contact.attributes.items()}
    if contact.name is not None and contact.name_from is not None:
        texts["name"] = (contact.name, contact.name_from.record)
    return (
        sorted(numbers[record.id] for record in contact.records or ()),
        contact.kind,
        [
            [
                (each.value, each.label, [numbers[r] for r in each.records], each.records_total)
                for each in points
            ]
            for points in (contact.phones, contact.emails)
        ],
        sorted((n, v, r if r is None else numbers[r]) for n, (v, r) in texts.items()),
        sorted(
            (calls[activity.id], activity.linked_by)
            for activity in contact_activities(reading, contact.id, limit=1_000).items
        ),
        sorted((each.integration, each.kind, each.external_id) for each in contact.counterparts),
    )


def expected(oracle: Account, contact: Contact) -> object:
    """What the oracle says of a contact, in the same form."""
    return (
        sorted(record.number for record in contact.records),
        contact.kind,
        [
            [
                (value, contact.label(name, value), first, total)
                for value, first, total in contact.listed(name)
            ]
            for name in ("phones", "emails")
        ],
        sorted((name, *told[:2]) for name, told in contact.texts().items()),
        sorted(
            (number, each.linked_by)
            for number, each in oracle.activities.items()
            if oracle.find(each.contact) is contact
        ),
        sorted(contact.counterparts().values(), key=repr),
    )


def difference(told: Iterable[object], expected: Iterable[object]) -> str:
    """What only one of the two contains."""
    one, other = list(told), list(expected)
    only = [each for each in one if each not in other], [each for each in other if each not in one]
    if len(one) == len(other) and not any(only):
        return ""
    return "\n".join(["the product:", *map(repr, only[0]), "the oracle:", *map(repr, only[1])])
