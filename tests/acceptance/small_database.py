"""A PostgreSQL whose tables are on a small disk. A test runs it in its own mount namespace.

It prints the address of the database, enlarges the disk for each line of its input, and ends at the
end of the input: when the test ends or is killed. The disk disappears with the namespace.
"""

import subprocess
import sys
from contextlib import closing
from itertools import count
from pathlib import Path

import psycopg

from tests.postgresql import Server

DISK = "/mnt"
MEGABYTES = 16


def main() -> None:
    with closing(Server()) as server:
        server.start()
        with psycopg.connect(server.url("postgres"), autocommit=True) as administrator:
            ((data,),) = administrator.execute("SHOW data_directory").fetchall()
            owner = Path(data).stat()
            mount(f"size={MEGABYTES}m,mode=0700,uid={owner.st_uid},gid={owner.st_gid}")
            administrator.execute(f"CREATE TABLESPACE small LOCATION '{DISK}'".encode())
            administrator.execute("CREATE DATABASE small TEMPLATE template0 TABLESPACE small")
        print(server.url("small"), flush=True)  # noqa: T201 -- to the test
        for times, _ in zip(count(2), sys.stdin, strict=False):
            mount(f"remount,size={MEGABYTES * 10 * times}m")
            print("it has grown", flush=True)  # noqa: T201 -- to the test


def mount(options: str) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", DISK], check=True)  # noqa: S607


if __name__ == "__main__":
    main()
