"""The merge settings of an account, as the API shows them."""

from typing import Any, Literal

from application.documents.document import Document
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


def settings_document(settings: MergeSettings) -> SettingsDocument:
    """Return settings as the API shows them."""
    shared: dict[str, Any] = {
        "policy": settings.policy,
        "shared_identifiers": list(settings.shared_identifiers),
        "default_region": settings.default_region,
    }
    if settings.policy == "global":
        return GlobalDocument(rule=settings.rule, **shared)
    return PerSourceDocument(
        integration_leads=settings.integration_leads,
        integration_contacts=settings.integration_contacts,
        **shared,
    )
