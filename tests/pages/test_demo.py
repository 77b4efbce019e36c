"""The demo ends on the pages of its account."""

import signal
import subprocess
import sys
from pathlib import Path

import httpx

PROGRAM = [sys.executable, "-c", "from infrastructure.cli import main; main()"]


def test_its_last_line_is_an_address_that_signs_in(tmp_path: Path) -> None:
    command = [*PROGRAM, "demo", "--store", f"sqlite:{tmp_path}/demo"]
    with (tmp_path / "log").open("w", encoding="utf-8") as log:
        demo = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    assert demo.stdout is not None
    told = [demo.stdout.readline()]
    while "/sign-in?link=" not in told[-1]:
        assert told[-1], "it ended"
        told.append(demo.stdout.readline())
    link = told[-1].strip()
    with httpx.Client(follow_redirects=True) as visitor:
        assert "This link works once" in visitor.get(link).text
        address, _, secret = link.partition("?link=")
        own = {"Origin": address.removesuffix("/sign-in")}
        home = visitor.post(address, data={"link": secret}, headers=own)
        assert (home.status_code, home.url.path) == (200, "/accounts/default")
        assert "Needs a look" in home.text
        assert visitor.post(address, data={"link": secret}, headers=own).status_code == 401
    demo.send_signal(signal.SIGINT)
    rest, _ = demo.communicate(timeout=60)
    assert rest == ""
    assert (tmp_path / "log").read_text(encoding="utf-8") == ""
    assert demo.returncode in {0, 130}
