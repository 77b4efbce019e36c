"""The pages: what an administrator and an agent see and do in a browser."""

from infrastructure.web.pages import (
    accounts,
    assets,
    calls,
    conflicts,
    contact,
    contact_forms,
    contacts,
    home,
    imports,
    keys,
    live,
    mend,
    merges,
    settings,
    sign_in,
    two,
)

_MODULES = (
    sign_in,
    accounts,
    home,
    contacts,
    contact_forms,
    contact,
    two,
    calls,
    imports,
    conflicts,
    merges,
)
PAGES = [each.router for each in (*_MODULES, settings, keys, live, mend, assets)]
