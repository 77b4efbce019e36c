"""Examples in the OpenAPI document: John Jones of the rules, and his call."""

from typing import Any

from pydantic_core import to_json

_CONTACT_ID = "06h0k5wqkyk1xrcq"
_LEAD_ID = "06h0k5wqm1hkvvvr"
_MERGE_ID = "06h0k5wqm1hkvvvs"
_AT = "2026-05-01T09:30:00Z"
_JOHN = "+13195555677"

_DECISION: dict[str, Any] = {
    "rule": "phone",
    "matched": [{"kind": "phone", "value": _JOHN}],
    "candidates": [{"contact_id": _CONTACT_ID}],
    "not_named": 0,
    "because": "phone_matched",
    "reason": f"a phone number matched: {_JOHN}",
    "settings_version": 1,
}
_RECEIVED = {
    "outcome": "merged",
    "contact_id": _CONTACT_ID,
    "merge_id": _MERGE_ID,
    "decision": _DECISION,
}
_TARGET = {"integration": "hubspot", "kind": "contact", "external_id": "151"}
_CONTACT = {
    "id": _CONTACT_ID,
    "kind": "contact",
    "deleted": False,
    "name": "John J",
    "name_from": {"record": _LEAD_ID, "since": _AT},
    "phones": [
        {
            "value": _JOHN,
            "written": "+1 319 555 5677",
            "matchable": True,
            "records": [_CONTACT_ID, _LEAD_ID],
            "records_total": 2,
            "by_hand": False,
        }
    ],
    "emails": [],
    "attributes": {"company": {"value": "Acme", "record": _CONTACT_ID, "since": _AT}},
    "counterparts": [{**_TARGET, "updated_at": _AT}],
    "version": 2,
    "created_at": _AT,
    "updated_at": _AT,
}
_ACTIVITY = {
    "id": "call-1",
    "type": "call",
    "contact_id": _CONTACT_ID,
    "contact_kind": "contact",
    "number": _JOHN,
    "linked_by": "number",
    "direction": "inbound",
    "written": "+1 319 555 5677",
    "agent": "Ann",
    "status": "answered",
    "started_at": _AT,
    "duration_seconds": 63,
}
_EVENT = {
    "position": 7,
    "type": "MergeUndone",
    "stream": _CONTACT_ID,
    "version": 3,
    "at": _AT,
    "data": {"merge_id": _MERGE_ID, "absorbed": _LEAD_ID, "by": "Ann (06h0k5wqm1hkvvvt)"},
}
_PER_SOURCE = {
    "policy": "per_source",
    "integration_leads": "phone",
    "integration_contacts": "phone_and_email",
}
_SETTINGS = {"shared_identifiers": ["+13195550100"], "default_region": "US"}
_KEY = {"id": "06h0k5wqm1hkvvvt", "role": "agent", "name": "Phone system", "created_at": _AT}

EXAMPLES: dict[str, Any] = {
    "Absorb": {"absorb": _LEAD_ID},
    "AccountDocument": {"id": "acme", "default_region": "US"},
    "AccountListed": {"id": "acme"},
    "ActivityDocument": _ACTIVITY,
    "Assignment": {"contact_id": _CONTACT_ID},
    "AttentionDocument": {
        "id": _JOHN,
        "kind": "identifier",
        "because": f"{_JOHN} joined records with more than 5 different names: “Ann”, “Bob”, “Cyd”, "
        "“Dee”, “Eve”, “Fay”, …; if many people use it, declare it shared",
        "calls": 12,
        "at": _AT,
        "contact_id": _CONTACT_ID,
        "name": "Fay",
        "names": ["Ann", "Bob", "Cyd", "Dee", "Eve", "Fay"],
        "merge": None,
        "identifier": {"kind": "phone", "value": _JOHN},
        "job_id": None,
    },
    "CallerDocument": {
        "number": _JOHN,
        "contact": _CONTACT,
        "because": "the most recently updated of 2 who hold the number: updated 1 May 2026",
        "others": [{"contact_id": _LEAD_ID, "name": "John J", "kind": "contact"}],
        "others_total": 1,
        "recent": [_ACTIVITY],
        "last_from_number": _AT,
    },
    "ConflictDocument": {
        "contacts": [_CONTACT_ID, _LEAD_ID],
        "names": ["John Jones", "John J"],
        "identifier": {"kind": "phone", "value": _JOHN},
    },
    "ContactChange": {"name": "Mary M.", "phones": [], "attributes": {}},
    "ContactDocument": _CONTACT,
    "EventDocument": _EVENT,
    "ExplanationDocument": {
        "same": True,
        "because": f"they were merged: a phone number matched: {_JOHN}",
        "names": {_CONTACT_ID: "John Jones", _LEAD_ID: "John J"},
        "decisions": [_DECISION],
    },
    "ExportDocument": {"position": 1, "activity": _ACTIVITY, "target": _TARGET, "moved_from": None},
    "SettingsChangeDocument": {
        "version": 2,
        "at": _AT,
        "by": "Ann (06h0k5wqm1hkvvvt)",
        "changed": [{"field": "integration_leads", "before": "phone", "after": "email"}],
        "settings": {**_PER_SOURCE, "integration_leads": "email", **_SETTINGS},
    },
    "SettingChanged": {"field": "integration_leads", "before": "phone", "after": "email"},
    "GlobalDocument": {"policy": "global", "rule": "phone", **_SETTINGS},
    "GlobalSet": {"policy": "global", "rule": "phone", **_SETTINGS, "merges_resting_on_shared": []},
    "GlobalSettings": {"policy": "global", "rule": "phone"},
    "Health": {"status": "ok"},
    "Readiness": {"status": "ok", "damaged_accounts": []},
    "HistoryItem": {
        "position": 3,
        "type": "ContactsMerged",
        "at": _AT,
        "by": "HubSpot sync (06h0k5wqm1hkvvvt)",
        "source": "integration",
        "summary": f"{_LEAD_ID} was merged into it",
        "decision": _DECISION,
    },
    "IntegrationDocument": {"name": "hubspot"},
    "JobAccepted": {"id": "06h0k5wqm1hkvvvw", "status": "running"},
    "JobDocument": {
        "id": _LEAD_ID,
        "kind": "import",
        "status": "done",
        "progress": {"done": 3, "total": 3, "rate": None, "seconds_left": None},
        "result": {"created": 1, "merged": 1, "updated": 0, "unchanged": 0, "rejected": 1},
        "error": None,
        "by": "Ann (06h0q72vk24vx8cp), import campaign.csv",
        "begun_at": _AT,
        "ended_at": _AT,
    },
    "ImportDocument": {
        "id": "06h0k5wqm1hkvvvw",
        "status": "done",
        "undo": None,
        "file": "campaign.csv",
        "by": "HubSpot sync (06h0k5wqm1hkvvvt), import campaign.csv",
        "begun_at": _AT,
        "ended_at": _AT,
        "dry_run": False,
        "rows": {"read": 5, "created": 2, "merged": 2, "updated": 0, "unchanged": 0, "rejected": 1},
        "rows_total": 5,
        "speed": {"rate": None, "seconds_left": None},
        "understood": {
            "format": "csv",
            "encoding": "UTF-8",
            "header_row": 1,
            "preset": None,
            "mapping": None,
            "columns": [
                {"column": "Name", "becomes": "name", "because": "its name says so"},
                {"column": "Phone", "becomes": "phone", "because": "its name says so"},
            ],
            "notes": [],
            "warnings": [],
        },
        "first_rows": None,
        "preview": None,
        "otherwise": None,
        "error": None,
    },
    "JoinDocument": {
        "row": 3,
        "name": "Bob Wood",
        "contact_id": _CONTACT_ID,
        "with_row": None,
        "contact_name": "John Jones",
        "matched": [{"kind": "phone", "value": _JOHN}],
        "because": f"a phone number matched: {_JOHN}",
        "names_share_no_word": True,
    },
    "SharedCandidateDocument": {
        "identifier": {"kind": "phone", "value": _JOHN},
        "names": ["Ada Fox", "Ben Lee", "Cleo Nash", "Dev Park", "Eli Reed", "Fay Todd"],
        "rows": 6,
        "because": f"{_JOHN} joined records with more than 5 different names: “Ada Fox”, "
        "“Ben Lee”, “Cleo Nash”, “Dev Park”, “Eli Reed”, “Fay Todd”, …; if many "
        "people use it, declare it shared",
    },
    "RejectedRowsDocument": {
        "reason": "row: has no phone and no email that can be matched",
        "count": 2,
        "rows": [6, 41],
    },
    "KeptDocument": {"contact_id": _LEAD_ID, "reason": "somebody edited its contact"},
    "KeyDocument": _KEY,
    "KeyMade": {**_KEY, "key": "cm_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"},
    "Labelled": {"value": "+1 319 555 5677", "label": "mobile"},
    "MergeDocument": {
        "id": _MERGE_ID,
        "survivor": _CONTACT_ID,
        "absorbed": _LEAD_ID,
        "survivor_name": "John Jones",
        "absorbed_name": "John J",
        "by": "HubSpot sync (06h0k5wqm1hkvvvt)",
        "at": _AT,
        "source": "integration",
        "decision": _DECISION,
        "undone_at": None,
    },
    "NewAccount": {"id": "acme", "default_region": "US"},
    "NewCall": {
        "id": "call-1",
        "direction": "inbound",
        "number": "+1 319 555 5677",
        "status": "answered",
        "started_at": _AT,
        "duration_seconds": 63,
        "agent": "Ann",
    },
    "NewContact": {"name": "Mary Major", "phones": ["(319) 555-4929"], "source": "api"},
    "NewKey": {"role": "integration", "name": "HubSpot sync", "integration": "hubspot"},
    "NewMessage": {
        "direction": "inbound",
        "number": "+1 319 555 5677",
        "text": "Call me back",
        "sent_at": _AT,
    },
    "PerSourceDocument": {**_PER_SOURCE, **_SETTINGS},
    "PerSourceSet": {**_PER_SOURCE, **_SETTINGS, "merges_resting_on_shared": []},
    "PerSourceSettings": {**_PER_SOURCE, "shared_identifiers": ["+13195550100"]},
    "ReceivedDocument": _RECEIVED,
    "RecordDocument": {
        "id": _CONTACT_ID,
        "source": "integration",
        "integration": "hubspot",
        "kind": "contact",
        "external_id": "151",
        "updated_at": _AT,
        "name": "John Jones",
        "phones": [_JOHN],
        "emails": [],
        "attributes": {"company": "Acme"},
    },
    "RecordSent": {"kind": "lead", "external_id": "77", "phones": ["+1 319 555 5677"]},
    "RecordsSent": {
        "records": [
            {
                "kind": "contact",
                "external_id": "151",
                "name": "John Jones",
                "phones": ["+1 319 555 5677"],
                "emails": [{"value": "john@example.test", "label": "work"}],
                "attributes": {"company": "Acme"},
                "updated_at": _AT,
            }
        ]
    },
    "DayDocument": {
        "day": "2026-05-01",
        "source": "integration",
        "integration": "hubspot",
        "outcome": "created",
        "number": 310,
    },
    "Results": {"results": [_RECEIVED]},
    "Settled": {"id": _JOHN},
    "Separated": {"a": _CONTACT_ID, "b": _LEAD_ID},
    "Separation": {"a": _CONTACT_ID, "b": _LEAD_ID},
    "Undone": {"restored": [_LEAD_ID]},
    "str": _LEAD_ID,
}
"""Examples by the name of a schema."""

EXAMPLES_OF_TEXT = {
    "download_rejected_rows": {
        "text/csv": "row,reason,Name,Phone\r\n5,row: has no phone and no email that can be matched,"
        "Nobody,n/a\r\n"
    },
    "export_contacts": {
        "text/csv": f"Contact-Merging ID,Name,Phone 1 - Value,company\r\n"
        f"{_CONTACT_ID},John J,{_JOHN},Acme\r\n",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "PK\x03\x04",
        "text/vcard": f"BEGIN:VCARD\r\nVERSION:4.0\r\nUID:{_CONTACT_ID}\r\nFN:John J\r\n"
        f"TEL;VALUE=uri:tel:{_JOHN}\r\nORG:Acme\r\nEND:VCARD\r\n",
    },
    "explain_problem": {
        "text/plain": "404 Not found\n\nThere is no such thing, or it belongs to another account.\n"
    },
    "show_metrics": {
        "text/plain": 'http_requests_total{method="GET",route="/healthz",status="200"} 1.0\n'
    },
    "stream_events": {
        "text/event-stream": f"id: 7\nevent: MergeUndone\ndata: {to_json(_EVENT).decode()}\n\n"
    },
}
"""Examples by operation and media type, for answers other than JSON."""
