"""Make the pictures of the README anew, from the demo: python -m tests.pages.pictures."""

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from infrastructure.bootstrap import open_store
from infrastructure.cli.options import open_or_make_account
from infrastructure.demo import story
from tests.pages.browser import SESSION, session_with, started
from tests.stores import Place
from tests.web.service import ROOT, Account, running

FOLDER = ROOT / "docs" / "pictures"
WIDTH, HEIGHT = 1280, 760


def main() -> None:
    """Tell the demo's story in a temporary store, and take the pictures of its pages."""
    with TemporaryDirectory() as folder:
        place = Place("sqlite", f"sqlite:{folder}", Path(folder))
        with closing(
            open_or_make_account(open_store(place.url), "acme", story.REGION, by="demo")
        ) as log:
            story.tell(log, place.url)
        with running(place) as service, started() as browser:
            account = Account(service, "acme")
            key = account.post("/keys", {"role": "admin", "name": "Ana"}).json()["key"]
            session = session_with(service, key)
            window = browser.chromium.new_context(
                base_url=service.url,
                viewport={"width": WIDTH, "height": HEIGHT},
                locale="en-GB",
                timezone_id="Europe/London",
            )
            window.add_cookies([{"name": SESSION, "value": session, "url": service.url}])
            jack = account.get("/contacts", q="Jack Jones").json()["items"][0]["id"]
            page = window.new_page()
            for name, path in (("home", ""), ("contact", f"/contacts/{jack}")):
                page.goto(f"/accounts/acme{path}")
                page.wait_for_timeout(500)
                page.goto(f"/accounts/acme{path}")  # now in the time zone of the browser
                page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
