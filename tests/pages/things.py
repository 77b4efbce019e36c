"""An account with something on every page, and the paths of all pages."""

from typing import NamedTuple

from tests.web.service import CALL, Account

SWITCHBOARD = "+15155550100"
NAMES = ["Mary Miller", "John Jones", "Tom Reed", "Sue Brown", "Una Hill", "Ed West", "Ida Kim"]


class Things(NamedTuple):
    """The ids of things that pages show."""

    contact: str
    other: str
    deleted: str
    merge: str
    call: str
    import_id: str
    preview: str


def filled(account: Account) -> Things:
    """Give an account contacts, merges, a conflict, a switchboard, calls, an import, a preview."""
    rows = [f"{name},(515) 555-0100,{name.split()[0].lower()}@x.test,Acme" for name in NAMES]
    rows += ["Mary Miller,(319) 555-4929,mary@x.test,Acme", "M. Miller,(319) 555-4929,,", "X,n/a,,"]
    file = "Name,Phone,Email,Company\n" + "\n".join(rows) + "\n"
    import_id = account.imported(file)
    account.ended(f"/imports/{import_id}")
    two = [account.contact_named(name, "+13195550133") for name in ("Ida West", "West & Co")]
    account.admin.put(
        f"{account.base}/merge-settings",
        json={
            "integration_leads": "phone",
            "integration_contacts": "email",
            "shared_identifiers": ["info@x.test"],
        },
    ).raise_for_status()
    account.call("+13195554929")
    account.call("+13195550133")
    account.post("/calls", {**CALL, "number": "anonymous"}).raise_for_status()
    return Things(
        contact=account.get("/contacts", phone="+13195554929").json()["items"][0]["id"],
        other=two[0],
        deleted=account.deleted(),
        merge=account.items("/merges")[0]["id"],
        call=account.items("/calls")[-1]["id"],
        import_id=import_id,
        preview=account.preview(file.replace("Miller", "Majorova")),
    )


def paths(things: Things) -> dict[str, str]:
    """Every page that is read, by a name: its path after that of the account."""
    contact = f"/contacts/{things.contact}"
    return {
        "home": "",
        "contacts": "/contacts",
        "search": "/contacts?q=mary",
        "leads": "/contacts?which=lead",
        "deleted contacts": "/contacts?which=deleted",
        "contact": contact,
        "deleted contact": f"/contacts/{things.deleted}",
        "new contact": "/contacts/new",
        "edit": f"{contact}/edit",
        "delete": f"{contact}/delete",
        "other": f"{contact}/other?q=west",
        "two": f"{contact}/other/{things.other}",
        "calls": "/calls",
        "caller": "/calls?number=319-555-4929",
        "call": f"/calls/{things.call}/assign",
        "imports": "/imports",
        "import": f"/imports/{things.import_id}",
        "mend": f"/imports/{things.import_id}/mend",
        "preview": f"/imports/{things.preview}",
        "conflicts": "/conflicts",
        "merges": "/merges",
        "merge": f"/merges/{things.merge}",
        "settings": "/settings",
        "keys": "/keys",
    }
