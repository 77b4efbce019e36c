"""Write the stored forms that are missing: `python -m tests.golden.write`.

Existing files stay as they are: a stored form is in somebody's log.
"""

from pathlib import Path

from infrastructure.storage.event_codec import EVENT_TYPES
from tests.golden.examples import EXAMPLES

FOLDER = Path(__file__).parent


def write() -> None:
    """Write a file for the current version of every event without one."""
    for event_type in EVENT_TYPES:
        path = FOLDER / f"{event_type.topic}.v{event_type.version}.jsonl"
        if path.exists():
            print(f"{path.name}: stands")  # noqa: T201 - it talks to a person
            continue
        lines = [event_type.encode(event) + b"\n" for event in EXAMPLES[event_type.topic]]
        with path.open("xb") as file:
            file.writelines(lines)
        print(f"{path.name}: written")  # noqa: T201 - it talks to a person


if __name__ == "__main__":
    write()
