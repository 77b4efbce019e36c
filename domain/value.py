"""What values of the domain have in common: they never change, and are stored as JSON."""

from msgspec import Struct
from msgspec.structs import replace

__all__ = ["Value", "replace"]


class Value(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A value, compared by its fields.

    Its JSON leaves out a field that has its default. So the default of a stored field must never
    change. The two are compared by identity, not by value: whatever equals the default must be the
    same object. An unknown field means damage or a newer version, so it is an error.
    """
