"""How a bug is planted: a function of the product is replaced before anything imports it.

    @bug("domain.lead_rule.decide_attached")
    def a_captured_lead_is_not_attached(_original: Any, *_given: Any, **_named: Any) -> Any:
        return []

The function gets the original first, then its arguments. Its name is the bug's name.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from inspect import getattr_static
from pkgutil import resolve_name
from typing import Any

HISTORIES = "random histories"
"""Catches most bugs: the state machine. Given time, it also catches those of the next one."""
UNDO = "random histories with merges undone"
"""Catches the others, except those for which a test's path is given."""
PLANTED_BUG = "CONTACT_MERGING_PLANTED_BUG"
"""The environment variable that names the bug of a process."""
NOT_PLANTED = 70
"""The exit status of a process in which a bug could not be planted."""

Function = Callable[..., Any]


@dataclass(frozen=True)
class Bug:
    """`replaces`: the dotted name of a function, method or property of the product."""

    name: str
    replaces: str
    broken: Function
    caught_by: str
    in_normal_run: bool

    def found(self) -> tuple[Any, str, Any]:
        """The module or class, the name in it, and its value. Raises AttributeError."""
        owner_name, _, name = self.replaces.rpartition(".")
        owner = resolve_name(owner_name)
        if name not in vars(owner):
            raise AttributeError(f"{owner_name} defines no {name}")
        return owner, name, getattr_static(owner, name)


BUGS: dict[str, Bug] = {}


def bug(
    replaces: str, *, caught_by: str = HISTORIES, in_normal_run: bool = False
) -> Callable[[Function], Function]:
    """Add a bug to the list."""

    def listed(broken: Function) -> Function:
        name = broken.__name__.replace("_", " ")
        assert name not in BUGS
        BUGS[name] = Bug(name, replaces, broken, caught_by, in_normal_run)
        return broken

    return listed


def plant(name: str) -> None:
    """Plant a bug in this process. Raises AttributeError if the product has no such name."""
    import_module("tests.planted_bugs.bugs")
    planted = BUGS[name]
    owner, attribute, original = planted.found()
    setattr(owner, attribute, _broken(planted.broken, original))
    for module_name, module in list(sys.modules.items()):
        if module_name.partition(".")[0] in {"domain", "application", "infrastructure"}:
            known = [each for each, value in vars(module).items() if value is original]
            assert not known, f"{module_name} has imported {known} before it was replaced"


def _broken(broken: Function, original: Any) -> Any:
    if isinstance(original, property):
        return property(_broken(broken, original.fget))
    assert callable(original), f"{original} is not a function"

    @wraps(original)
    def replacement(*given: Any, **named: Any) -> Any:
        return broken(original, *given, **named)

    return replacement
