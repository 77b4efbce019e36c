"""What values of the domain have in common: they never change, and are stored as JSON."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

__all__ = ["Value", "computed_once", "replace"]

T = TypeVar("T")


class Value(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A value, compared by its fields.

    Its JSON leaves out a field that has its default. So the default of a stored field must never
    change. The two are compared by identity, not by value: whatever equals the default must be the
    same object. An unknown field means damage or a newer version, so it is an error.
    """


class computed_once(Generic[T]):  # noqa: N801 - a decorator
    """A property that is computed when it is first asked for, and kept.

    functools.cached_property does the same, but before Python 3.12 under a lock, which takes longer
    than most of what is computed here.
    """

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self._compute = compute
        self._name = compute.__name__
        self.__doc__ = compute.__doc__

    def __get__(self, value: object, _: type) -> T:  # noqa: D105 - see the class
        computed = vars(value)[self._name] = self._compute(value)
        return computed
