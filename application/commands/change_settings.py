"""Change an account's merge settings. A change merges and splits no contacts."""

from collections.abc import Collection
from typing import Any

from msgspec import ValidationError, convert
from msgspec.structs import asdict

from application.ports import AccountLog
from application.refusals import Invalid, Stale
from domain.events import MergeSettingsChanged
from domain.records import ValueRefused
from domain.settings import MergeSettings, read_settings


def change_settings(
    log: AccountLog,
    changes: dict[str, Any],
    *,
    versions: Collection[int] | None = None,
    by: str,
) -> MergeSettings:
    """Set the given fields of MergeSettings and keep the others. Raises Refused, Stale."""
    with log.writing() as work:
        if versions is not None and work.settings_version not in versions:
            raise Stale(
                "the settings have changed since you read them: "
                f"they are now at version {work.settings_version}"
            )
        settings = checked_settings({**asdict(work.settings), **changes})
        if settings != work.settings:
            version = work.settings_version + 1
            work.append([MergeSettingsChanged(settings=settings, version=version, by=by)])
        return settings


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
