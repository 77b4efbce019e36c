"""The merge settings that were ever in force, from the log."""

from application.ports import SettingsSet
from domain.events import ACCOUNT_STREAM, AccountOpened, MergeSettingsChanged
from infrastructure.storage.session import Session, read_events


def settings_set(session: Session, before: int | None, limit: int) -> list[SettingsSet]:
    """They and who set them, newest first, before a place in the account's stream."""
    found = session.execute(
        "SELECT position FROM events WHERE stream = ? AND version < ? AND topic IN (?, ?)"
        " ORDER BY version DESC LIMIT ?",
        (
            *(ACCOUNT_STREAM, before or 1 << 62),
            *(AccountOpened.TOPIC, MergeSettingsChanged.TOPIC, limit),
        ),
    ).fetchall()
    positions = [position for (position,) in found]
    if not positions:
        return []
    among = "position IN (SELECT value FROM json_each(?))"
    recorded = [*read_events(session, among, (positions,))]
    return [
        SettingsSet(
            each.event.settings,
            each.event.version if isinstance(each.event, MergeSettingsChanged) else 1,
            each.event.by,
            each.at,
            each.version,
        )
        for each in reversed(recorded)
        if isinstance(each.event, AccountOpened | MergeSettingsChanged)
    ]
