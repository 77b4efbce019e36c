"""Change an account's merge settings. What was merged stays merged, what was not stays apart."""

from typing import Any

from pydantic import ValidationError

from application.ports import AccountLog
from application.refusals import Refused
from domain.events import MergeSettingsChanged
from domain.settings import MergeSettings


def change_settings(log: AccountLog, changes: dict[str, Any], *, by: str) -> MergeSettings:
    """Set the given fields of MergeSettings, keep the rest. Raises Refused, naming the field."""
    with log.writing() as work:
        settings = checked_settings({**work.settings.model_dump(), **changes})
        if settings != work.settings:
            version = work.settings_version + 1
            work.append([MergeSettingsChanged(settings=settings, version=version, by=by)])
        return settings


def checked_settings(fields: dict[str, Any]) -> MergeSettings:
    """MergeSettings from untrusted fields. Raises Refused, naming the field."""
    try:
        return MergeSettings.model_validate(fields)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in each['loc']) or 'settings'}: "
            f"{each['msg'].removeprefix('Value error, ')}"
            for each in error.errors(include_url=False)
        )
        raise Refused(problems) from None
