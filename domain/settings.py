"""The merge settings of an account: which rule holds for which source."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from domain.identifiers import Identifier, canonical_email, canonical_phone, is_region

Rule = Literal["phone", "email", "phone_and_email", "never"]
Policy = Literal["per_source", "global"]


class MergeSettings(BaseModel):
    """What an admin has set. Defaults: both rules `phone`, no shared identifiers.

    `policy` "per_source" is the article's: `integration_leads` and `integration_contacts` rule
    what integrations send, csv has its own order, everything else never merges. "global" is one
    `rule` for every source. `default_region` reads phones that name no country.
    `shared_identifiers` (a switchboard, `info@…`) are stored and shown, never matched.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy: Policy = "per_source"
    integration_leads: Rule = "phone"
    integration_contacts: Rule = "phone"
    rule: Rule = "phone"
    shared_identifiers: tuple[str, ...] = ()
    default_region: str | None = Field(default=None, examples=["US"])

    @field_validator("default_region")
    @classmethod
    def _known_region(cls, region: str | None) -> str | None:
        if region is not None and not is_region(region):
            raise ValueError(f"`{region}` is no region; use two letters such as US or GB")
        return region

    @model_validator(mode="after")
    def _canonical_shared_identifiers(self) -> Self:
        canonical = [
            canonical_email(value) if "@" in value else canonical_phone(value, self.default_region)
            for value in self.shared_identifiers
        ]
        for value, read in zip(self.shared_identifiers, canonical, strict=True):
            if read is None:
                raise ValueError(f"shared identifier `{value}` is neither a phone nor an email")
        distinct = tuple(dict.fromkeys(value for value in canonical if value is not None))
        object.__setattr__(self, "shared_identifiers", distinct)
        return self

    def is_shared(self, identifier: Identifier) -> bool:
        """Whether an identifier is shared by many, and so never matched."""
        return identifier.value in self.shared_identifiers
