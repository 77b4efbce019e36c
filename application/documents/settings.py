"""The merge settings of an account, as the API shows them."""

from typing import Literal

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
    document = GlobalDocument if settings.policy == "global" else PerSourceDocument
    return document.model_validate(settings)
