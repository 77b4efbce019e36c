"""A file of contacts for benchmarks: each row has a name, phone, email and three attributes."""

import csv
import random
from pathlib import Path

_FIRST = ("Ada", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gia", "Hugo", "Ida", "Jon", "Kay", "Leo")
_LAST = ("Abel", "Brown", "Cruz", "Diaz", "Evans", "Ford", "Garcia", "Hill", "Ito", "Jones", "Nash")
_TITLES = ("Owner", "Buyer", "Clerk", "Agent", "Architect")


def write_contacts(path: Path, rows: int, *, matching: float = 0.3, seed: int = 1) -> None:
    """Write `rows` rows; of these a share matches earlier ones, by phone or by email alone."""
    chance = random.Random(seed)  # noqa: S311 - sample data
    people: list[tuple[str, str, str, str]] = []
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["First name", "Last name", "Phone", "Email", "Company", "Title", "City"])
        for row in range(rows):
            if people and chance.random() < matching:
                first, last, phone, email = chance.choice(people)
                if chance.random() < 0.5:
                    phone = _phone(chance)
                else:
                    email = f"{last.lower()}.{row}@example.net"
            else:
                first, last, phone = chance.choice(_FIRST), chance.choice(_LAST), _phone(chance)
                email = f"{first}.{last}{row}@example{row % 1999}.com".lower()
                people.append((first, last, phone, email))
            company = f"Company {chance.randrange(5000)}"
            writer.writerow([first, last, phone, email, company, chance.choice(_TITLES), "Boston"])


def _phone(chance: random.Random) -> str:
    """A valid number of the United States, as a phone book writes it."""
    area = chance.choice((212, 312, 319, 415, 515, 617, 712, 808, 907))
    return f"({area}) {chance.randrange(220, 990)}-{chance.randrange(10_000):04d}"
