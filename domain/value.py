"""What values of the domain have in common: they never change, and are stored as JSON."""

from msgspec import Struct
from msgspec.structs import replace

__all__ = ["Value", "replace"]


class Value(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A value, compared by its fields.

    As JSON it leaves out each field that is its default, the same object. So the default of a field
    that is stored must never change, and an equal value must be that object. A field that is not
    known means damage or a newer version: it is an error.
    """
