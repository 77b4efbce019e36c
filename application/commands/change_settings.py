"""Change an account's merge settings. A change merges and splits no contacts."""

from collections.abc import Collection, Sequence
from typing import Any

from msgspec import ValidationError, convert
from msgspec.structs import asdict

from application.ports import WritableLog
from application.refusals import Invalid, Stale
from domain.events import MergeSettingsChanged
from domain.records import ValueRefused
from domain.settings import MergeSettings, read_settings
from domain.value import replace


def change_settings(
    log: WritableLog,
    changes: dict[str, Any],
    *,
    share: Sequence[str] = (),
    unshare: Sequence[str] = (),
    versions: Collection[int] | None = None,
    by: str,
) -> MergeSettings:
    """Set the given fields of MergeSettings and keep the others. Raises Refused, Stale.

    `share`, `unshare`: values that are added to the shared identifiers or taken out of them.
    """
    with log.writing() as work:
        if versions is not None and work.settings_version not in versions:
            raise Stale(
                "the settings have changed since you read them: "
                f"they are now at version {work.settings_version}"
            )
        fields = {**asdict(work.settings), **changes}
        if share:
            fields["shared_identifiers"] = [*fields["shared_identifiers"], *share]
        settings = _without(checked_settings(fields), unshare)
        if settings != work.settings:
            version = work.settings_version + 1
            work.append([MergeSettingsChanged(settings=settings, version=version, by=by)])
        return settings


def _without(settings: MergeSettings, unshare: Sequence[str]) -> MergeSettings:
    """Settings that no longer share some identifiers. Raises Invalid."""
    shared = dict.fromkeys(settings.shared_identifiers)
    for value in unshare:
        (canonical,) = checked_settings(
            {"shared_identifiers": [value], "default_region": settings.default_region}
        ).shared_identifiers
        if canonical not in shared:
            raise Invalid("shared_identifiers", f"`{value[:60]}` is not shared")
        del shared[canonical]
    return replace(settings, shared_identifiers=tuple(shared)) if unshare else settings


def checked_settings(fields: dict[str, Any]) -> MergeSettings:
    """Return MergeSettings from untrusted fields. Raises Refused, which names the field."""
    for name in fields.keys() - MergeSettings.__struct_fields__:
        raise Invalid(name, "is not a merge setting")
    try:
        return read_settings(convert(fields, MergeSettings))
    except ValidationError as error:
        wrong, _, place = str(error).partition(" - at `$.")
        raise Invalid(place.removesuffix("`"), wrong) from None
    except ValueRefused as refused:
        raise Invalid(refused.field, refused.reason) from None
