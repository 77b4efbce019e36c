"""Explain from the decision records why two ids are one contact or not."""

from application.contact_at import head_at
from application.documents.decisions import decision_document
from application.documents.merges import ExplanationDocument
from application.ports import Reading
from application.reads.names import names_apart, names_of
from application.wording import lost_text, reason_text, source_text, summary
from domain.decisions import Decision
from domain.events import ContactImported, ContactsMerged, ContactsSeparated, RecordUpdated
from domain.records import Record


def explain(reading: Reading, a: str, b: str) -> ExplanationDocument:
    """Return the decisions that made two ids one contact or kept them apart. Raises NotFound."""
    one, other = head_at(reading, a).contact_id, head_at(reading, b).contact_id
    why = _why_one(reading, a, b) if one == other else _why_two(reading, one, other)
    mentioned = [a, b, one, other, *why.names]
    mentioned += [each.contact_id for decision in why.decisions for each in decision.candidates]
    names = names_apart if why.same else names_of
    return why.model_copy(update={"names": names(reading, mentioned)})


def _why_one(reading: Reading, a: str, b: str) -> ExplanationDocument:
    if a == b:
        return ExplanationDocument(
            same=True, because="they are the same id", names={}, decisions=[]
        )
    merges = {
        recorded.position: recorded.event
        for each in (a, b)
        for recorded in reading.path_to_survivor(each)
        if isinstance(recorded.event, ContactsMerged)
    }
    events = [merges[position] for position in sorted(merges)]
    return ExplanationDocument(
        same=True,
        because="; then ".join(
            f"{_who(event.absorbed, event.record)} was merged into {event.stream}: "
            f"{reason_text(event.decision)}"
            for event in events
        ),
        names={each: None for event in events for each in (event.absorbed, event.stream)},
        decisions=[decision_document(event.decision) for event in events],
    )


def _why_two(reading: Reading, a: str, b: str) -> ExplanationDocument:
    """Explain two contacts by how each was created and how their records were compared."""
    decisions: list[Decision] = []
    sentences: list[str] = []
    named: dict[str, str | None] = {}
    for one, other in ((a, b), (b, a)):
        for recorded in reading.compared(one, other):
            event = recorded.event
            if not isinstance(event, ContactImported | ContactsMerged | RecordUpdated):
                continue
            if event.decision is None:
                continue
            own = event.absorbed if isinstance(event, ContactsMerged) else event.stream
            lost_because = dict(event.decision.candidates).get(other)
            if lost_because:
                became = f"was compared with {other} and not merged: {lost_text(lost_because)}"
            elif isinstance(event, ContactImported):
                became = f"became a new contact: {reason_text(event.decision)}"
            else:
                continue
            decisions.append(event.decision)
            named[own] = None
            sentences.append(f"{_who(own, event.record)} {became}")
    sentences += [
        summary(recorded.event)
        for recorded in reading.separations(a, b)
        if isinstance(recorded.event, ContactsSeparated)
    ]
    shared = [identifier.value for identifier in reading.both_hold(a, b)]
    sentences.append(f"both have {', '.join(shared)}" if shared else "they have nothing in common")
    return ExplanationDocument(
        same=False,
        because="; ".join(sentences),
        names=named,
        decisions=[decision_document(decision) for decision in decisions],
    )


def _who(contact_id: str, record: Record | None) -> str:
    return f"{contact_id} ({source_text(record)})" if record else contact_id
