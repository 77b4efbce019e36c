"""The merge settings of an account, as the API shows them."""

from collections.abc import Sequence
from typing import Literal

from msgspec.structs import asdict

from application.documents.document import Document
from application.documents.merges import MergeDocument
from domain.settings import MergeSettings, Rule


class PerSourceDocument(Document):
    """The article's policy."""

    policy: Literal["per_source"]
    integration_leads: Rule
    integration_contacts: Rule
    shared_identifiers: list[str]
    default_region: str | None


class GlobalDocument(Document):
    """One rule for every source."""

    policy: Literal["global"]
    rule: Rule
    shared_identifiers: list[str]
    default_region: str | None


SettingsDocument = PerSourceDocument | GlobalDocument


class _Changed(Document):
    """Settings after a change, and the merges that rest on a newly shared identifier alone.

    The newest ones are listed, the rest is counted.
    """

    merges_resting_on_shared: list[MergeDocument]
    merges_resting_on_shared_total: int


class PerSourceChanged(PerSourceDocument, _Changed):
    """The article's policy, after a change."""


class GlobalChanged(GlobalDocument, _Changed):
    """One rule for every source, after a change."""


SettingsChanged = PerSourceChanged | GlobalChanged
RESTING = 100
"""How many merges that rest on shared identifiers are listed."""


def changed_document(settings: MergeSettings, resting: Sequence[MergeDocument]) -> SettingsChanged:
    """Return settings after a change as the API shows them."""
    document = GlobalChanged if settings.policy == "global" else PerSourceChanged
    return document.model_validate(
        {
            **asdict(settings),
            "merges_resting_on_shared": resting[:RESTING],
            "merges_resting_on_shared_total": len(resting),
        }
    )


def settings_document(settings: MergeSettings) -> SettingsDocument:
    """Return settings as the API shows them."""
    document = GlobalDocument if settings.policy == "global" else PerSourceDocument
    return document.model_validate(settings)
