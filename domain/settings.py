"""The merge settings of an account: which rule applies to which source."""

from collections.abc import Sequence
from typing import Literal

from domain.emails import canonical_email
from domain.identifiers import Identifier
from domain.phones import canonical_phone, is_region
from domain.records import ValueRefused
from domain.value import Value, replace

Rule = Literal["phone", "email", "phone_and_email", "never"]
Policy = Literal["per_source", "global"]


class MergeSettings(Value, frozen=True, kw_only=True, omit_defaults=False):
    """What an admin has set. Defaults: both rules `phone`, no shared identifiers.

    `policy` "per_source" is the article's: `integration_leads` and `integration_contacts` apply to
    records of integrations, csv has its own order, other sources never merge. "global" has one
    `rule` for every source. `default_region` is the region of phones without a country.
    `shared_identifiers` (a switchboard, `info@…`) are stored and shown, but never matched; they are
    in canonical form, as `read_settings` returns them, and are not read again.

    Unlike other values they are stored whole: their defaults belong to the product and may change.
    """

    policy: Policy = "per_source"
    integration_leads: Rule = "phone"
    integration_contacts: Rule = "phone"
    rule: Rule = "phone"
    shared_identifiers: tuple[str, ...] = ()
    default_region: str | None = None

    def is_shared(self, identifier: Identifier) -> bool:
        """Whether an identifier is shared by many people and never matched."""
        return identifier.value in self.shared_identifiers


def read_settings(settings: MergeSettings) -> MergeSettings:
    """Check settings and put shared identifiers in canonical form. Raises ValueRefused."""
    region = settings.default_region
    if region is not None and not is_region(region):
        raise ValueRefused(
            "default_region",
            f"`{region[:40]}` is not a known region; use two letters such as US or GB",
        )
    return replace(settings, shared_identifiers=_canonical(settings.shared_identifiers, region))


def _canonical(values: Sequence[str], region: str | None) -> tuple[str, ...]:
    canonical: dict[str, None] = {}
    for value in values:
        read = canonical_email(value) if "@" in value else canonical_phone(value, region)
        if read is None:
            raise ValueRefused(
                "shared_identifiers", f"`{value[:60]}` is not a valid phone number or email"
            )
        canonical[read] = None
    return tuple(canonical)
