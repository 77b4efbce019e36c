"""Who changed the merge settings, when and how."""

from application.commands.change_settings import change_settings
from application.documents.settings import SettingsChangeDocument
from application.reads.settings import settings_history
from tests.messages import ADMIN, JOHN
from tests.story import Story


def history(story: Story, limit: int = 50) -> list[SettingsChangeDocument]:
    """All pages of it."""
    found: list[SettingsChangeDocument] = []
    cursor: str | None = None
    with story.log.reading() as reading:
        while True:
            page = settings_history(reading, limit=limit, cursor=cursor)
            found += page.items
            cursor = page.next
            if cursor is None:
                return found


def test_an_account_begins_with_settings_that_changed_nothing(story: Story) -> None:
    (first,) = history(story)
    assert (first.version, first.by, first.changed) == (1, ADMIN, [])
    assert first.settings.default_region == "US"


def test_each_change_says_who_and_what_was_before(story: Story) -> None:
    story.settings(integration_leads="email")
    change_settings(story.log, {"policy": "global", "shared_identifiers": [JOHN]}, by="Ann")
    story.settings(policy="global")  # it is so already
    newest, before, first = history(story)
    assert (newest.version, newest.by, before.version, first.version) == (3, "Ann", 2, 1)
    assert [(each.field, each.before, each.after) for each in newest.changed] == [
        ("policy", "per_source", "global"),
        ("shared_identifiers", [], [JOHN]),
    ]
    assert [(each.field, each.before, each.after) for each in before.changed] == [
        ("integration_leads", "phone", "email")
    ]
    assert newest.at > before.at > first.at
    assert (newest.settings.policy, before.settings.policy) == ("global", "per_source")


def test_pages_say_the_same_as_the_whole(story: Story) -> None:
    for rule in ("email", "never", "phone"):
        story.settings(integration_contacts=rule)
    whole = history(story)
    assert [each.version for each in whole] == [4, 3, 2, 1]
    for limit in (1, 2, 3, 4):
        assert history(story, limit) == whole
