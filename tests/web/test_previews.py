"""Previews over HTTP: with names, page by page, and the import that follows without the file."""

import pytest

from tests.web.bad_input.sending import check_refused
from tests.web.service import Account, Service

KNOWN = "Name,Phone\nAnn Lee,+13195550101\nKim Bell,+13195550102\n"
ROWS = """Name,Phone,Email,City
Ann L,319-555-0101,,Ames
Bob Wood,319-555-0101,,
New One,319-555-0109,,
New Two,319-555-0109,,
Nobody,n/a,,
"""
SWITCHBOARD = "Name,Phone\n" + "".join(
    f"{name} {name}son,319-555-0150\n"
    for name in ("Ada", "Ben", "Cleo", "Dev", "Eli", "Fay", "Gil")
)


ROW_4 = "row 4 would not join a contact"
ROWS_SAID = "must be a JSON list of at most 1,000 row numbers"


@pytest.fixture
def known(account: Account) -> Account:
    """An account with two contacts."""
    account.ended(f"/imports/{account.imported(KNOWN)}")
    return account


def contact_called(account: Account, name: str) -> str:
    (found,) = account.get("/contacts", q=name).json()["items"]
    return str(found["id"])


def test_it_says_with_names_who_would_join_and_writes_nothing(known: Account) -> None:
    before = known.get("/events", limit=1000).json()
    preview = known.preview(ROWS)
    found = known.get(f"/imports/{preview}").json()
    assert found["rows"] == {
        "read": 5,
        "created": 1,
        "merged": 3,
        "updated": 0,
        "unchanged": 0,
        "rejected": 1,
    }
    assert found["first_rows"][0] == {
        "row": 2,
        "name": "Ann L",
        "phones": ["+13195550101"],
        "emails": [],
        "attributes": {"city": "Ames"},
        "error": None,
    }
    ann = contact_called(known, "Ann Lee")
    strange, alike, new = known.items(f"/imports/{preview}/joins", limit=2)
    assert strange == {
        "row": 3,
        "name": "Bob Wood",
        "contact_id": ann,
        "with_row": None,
        "contact_name": "Ann L",
        "matched": [{"kind": "phone", "value": "+13195550101"}],
        "because": "a phone number matched: +13195550101",
        "names_share_no_word": True,
    }
    assert (alike["row"], alike["contact_name"], alike["contact_id"]) == (2, "Ann Lee", ann)
    assert (new["row"], new["contact_name"]) == (5, "New One")
    assert (new["contact_id"], new["with_row"]) == (None, 4)
    (rejected,) = known.items(f"/imports/{preview}/rejected")
    assert (rejected["count"], rejected["rows"]) == (1, [6])
    assert known.get("/events", limit=1000).json() == before


def test_a_switchboard_is_found_and_can_be_shared_at_once(account: Account) -> None:
    preview = account.preview(SWITCHBOARD)
    (found,) = account.items(f"/imports/{preview}/shared-candidates")
    assert found["identifier"] == {"kind": "phone", "value": "+13195550150"}
    assert found["rows"] == 6
    done = account.imported_after(preview, share='["319-555-0150"]')
    assert (done["rows"]["created"], done["rows"]["merged"]) == (7, 0)
    settings = account.get("/merge-settings").json()
    assert settings["shared_identifiers"] == ["+13195550150"]
    assert done["otherwise"]["count"] == 6


def test_it_is_imported_without_being_sent_again(known: Account) -> None:
    preview = known.preview(ROWS)
    done = known.imported_after(preview)
    assert done["rows"] == known.get(f"/imports/{preview}").json()["rows"]
    assert done["otherwise"] == {"count": 0, "examples": []}
    assert (done["preview"], done["file"], done["dry_run"]) == (preview, "people.csv", False)


def test_a_row_that_is_kept_apart_is_a_contact_of_its_own_and_stays_one(known: Account) -> None:
    preview = known.preview(ROWS)
    done = known.imported_after(preview, keep_apart="[3, 5]")
    assert (done["rows"]["created"], done["rows"]["merged"]) == (3, 1)
    assert done["otherwise"]["count"] == 0
    bob, ann = contact_called(known, "Bob Wood"), contact_called(known, "Ann L")
    assert bob != ann
    assert "declared separate" in known.get("/explanations", a=ann, b=bob).json()["because"]
    new = contact_called(known, "New One"), contact_called(known, "New Two")
    assert "declared separate" in known.get("/explanations", a=new[0], b=new[1]).json()["because"]
    assert known.get(f"/imports/{known.preview(ROWS)}").json()["rows"]["unchanged"] == 4
    undo = known.post(f"/imports/{done['id']}/undo").json()["id"]
    result = known.ended(f"/jobs/{undo}")["result"]
    assert result == {"reversed": 4, "kept": 0, "not_possible": 0}


def test_it_says_what_came_out_otherwise_if_the_account_moved_on(known: Account) -> None:
    preview = known.preview(ROWS)
    zoe = known.made("/contacts", {"name": "Zoe", "phones": ["+13195550109"]}, "contact_id")
    done = known.imported_after(preview)
    assert done["otherwise"] == {
        "count": 1,
        "examples": [
            {
                "row": 4,
                "previewed": "created",
                "previewed_contact_id": None,
                "outcome": "merged",
                "contact_id": zoe,
            }
        ],
    }


@pytest.mark.parametrize(
    ("form", "field", "reason"),
    [
        ({}, "file", "send either a `file` or the id of a dry run as `preview`"),
        ({"preview": "{preview}", "region": "US"}, "region", "comes with the dry run"),
        (
            {"preview": "{preview}", "keep_apart": "[4]"},
            "keep_apart[0]",
            "row 4 would not join a contact",
        ),
        ({"preview": "{preview}", "keep_apart": "x"}, "keep_apart", ROWS_SAID),
        ({"preview": "{preview}", "keep_apart": "[0]"}, "keep_apart", ROWS_SAID),
        (
            {"preview": "{preview}", "share": '["x"]'},
            "share",
            "`x` is not a valid phone number or email",
        ),
    ],
)
def test_what_does_not_fit_the_dry_run_is_refused(
    any_preview: tuple[Account, str], form: dict[str, str], field: str, reason: str
) -> None:
    account, preview = any_preview
    sent = {name: (None, text.format(preview=preview)) for name, text in form.items()}
    answer = account.admin.post(f"{account.base}/imports", files=sent or {"dry_run": (None, "no")})
    check_refused(answer, field, reason)


def test_another_import_is_no_dry_run(any_preview: tuple[Account, str]) -> None:
    account, preview = any_preview
    done = account.imported_after(preview)["id"]
    for name in ("joins", "shared-candidates", "rejected"):
        assert account.get(f"/imports/{done}/{name}").status_code == 409
    form = {"preview": (None, done)}
    assert account.admin.post(f"{account.base}/imports", files=form).status_code == 409
    form = {"preview": (None, "missing")}
    assert account.admin.post(f"{account.base}/imports", files=form).status_code == 404


@pytest.fixture(scope="module")
def any_preview(service: Service) -> tuple[Account, str]:
    """An account, and a dry run of the rows in it."""
    account = service.account()
    account.ended(f"/imports/{account.imported(KNOWN)}")
    return account, account.preview(ROWS)
