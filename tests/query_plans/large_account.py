"""An account of 10,000 or 100,000 contacts, made from a small one in a few seconds.

Every row of the small one is copied as often as needed, with its own ids, numbers and positions. So
the tables and indexes are as large and as varied as those of an account that grew.
"""

import psycopg

from tests.stores import Place

_STEP = 1_000_000
_COPIES = {
    "events": "position + g * {step}, stream || '.' || g, version, topic, at, salt, payload, "
    "erased_hash, digest",
    "contacts": "contact_id || '.' || g, status, survivor || '.' || g, merge_id || '.' || g, "
    "version, created_at, updated_at, updated + g * {step}, kind, records, contact_records, "
    "attributes, origins, counterparts, by_hand, captured",
    "records": "record_id || '.' || g, contact_id || '.' || g, position + g * {step}, again, "
    "newest_at, newest + g * {step}",
    "record_keys": "integration, kind, external_id || '.' || g, record_id || '.' || g",
    "csv_rows": "fingerprint + g, record_id || '.' || g",
    "identifiers": "kind, value || g, contact_id || '.' || g, holders",
    "held_by_several": "kind, value || g || '.' || generate_series(1, 50)",
    "merges": "merge_id || '.' || g, survivor || '.' || g, absorbed || '.' || g, "
    "position + g * {step}, undone_at",
    "activities": "activity_id || '.' || g, contact_id || '.' || g, linked_to || '.' || g, "
    "linked_by, assigned || '.' || g, number || g, at + g, position + g * {step}, version, kind, "
    "targets",
    "past_links": "contact_id || '.' || g, activity_id || '.' || g",
    "exports": "number + g * {step}, integration, activity_id || '.' || g, target || '.' || g, "
    "moved_from || '.' || g, position + g * {step}",
    "bound": "contact_id || '.' || g, separation + g * {step}, side",
    "attention": "item || '.' || g, identifier, contact_id || '.' || g, survivor || '.' || g,"
    " position + g * {step}, names, settled",
    "joined": "kind, value || g, merge_id || '.' || g, shown, named",
    "called": "contact_id || '.' || g, calls + g, items",
    "days": "day || g, source, integration, outcome, number",
    "answers": "key || '.' || g, request, status, headers, body, at",
    "indexed_contacts": "first + g * {step}, contact_id || '.' || g, kind, lines || g, tokens",
}


def grow(place: Place, account: str, *, times: int) -> None:
    """Let an account on PostgreSQL grow to a multiple of its size."""
    with psycopg.connect(place.url, autocommit=True) as connection:
        (schema,) = connection.execute(
            "SELECT 'account_' || account || '_' || number FROM contact_merging.accounts"
            " WHERE account = %s",
            (account,),
        ).fetchone() or ("",)
        connection.execute(f"SET search_path TO {schema}".encode())
        with connection.transaction():  # the service never sees a log without its index
            for table, columns in _COPIES.items():
                those = "position > 1" if table == "events" else "true"
                connection.execute(
                    f"INSERT INTO {table} SELECT {columns.format(step=_STEP)} FROM {table},"
                    f" generate_series(1, {times}) g WHERE {those}".encode()
                )
            # The text index contains all of it.
            connection.execute(
                "UPDATE indexed SET (position, head, digest) ="
                " (SELECT position, position, digest FROM events ORDER BY position DESC LIMIT 1)"
            )
        connection.execute("VACUUM ANALYZE")
