"""The merge settings of an account, as the API shows them."""

from datetime import datetime
from typing import Literal

from msgspec.structs import asdict

from application.documents.document import Document
from application.documents.merges import MergeDocument
from application.ports import SettingsSet
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


class SettingChanged(Document):
    """A setting that was changed: its name, and its value before and after."""

    field: str
    before: str | list[str] | None
    after: str | list[str] | None


class SettingsChangeDocument(Document):
    """Settings, who set them and when, and what they changed; the first ones changed nothing."""

    version: int
    at: datetime
    by: str
    changed: list[SettingChanged]
    settings: PerSourceDocument | GlobalDocument


SettingsDocument = PerSourceDocument | GlobalDocument


class PerSourceSet(PerSourceDocument):
    """The article's policy, and the merges that rest only on what is newly shared."""

    merges_resting_on_shared: list[MergeDocument]


class GlobalSet(GlobalDocument):
    """One rule for every source, and the same."""

    merges_resting_on_shared: list[MergeDocument]


SettingsSetDocument = PerSourceSet | GlobalSet


def settings_document(settings: MergeSettings) -> SettingsDocument:
    """Return settings as the API shows them."""
    document = GlobalDocument if settings.policy == "global" else PerSourceDocument
    return document.model_validate(settings)


def settings_set_document(
    settings: MergeSettings, resting: list[MergeDocument]
) -> SettingsSetDocument:
    """Settings that were just set. `resting`: merges that rest only on what is newly shared."""
    document = GlobalSet if settings.policy == "global" else PerSourceSet
    said = settings_document(settings).model_dump()
    return document.model_validate({**said, "merges_resting_on_shared": resting})


def settings_change_document(
    now: SettingsSet, before: SettingsSet | None
) -> SettingsChangeDocument:
    """Settings and what they changed. `before`: the settings before them, None for the first."""
    after = asdict(now.settings)
    known = after if before is None else asdict(before.settings)
    return SettingsChangeDocument(
        version=now.version,
        at=now.at,
        by=now.by,
        changed=[
            SettingChanged(field=name, before=_value(known[name]), after=_value(value))
            for name, value in after.items()
            if known[name] != value
        ],
        settings=settings_document(now.settings),
    )


def _value(value: str | tuple[str, ...] | None) -> str | list[str] | None:
    return [*value] if isinstance(value, tuple) else value
