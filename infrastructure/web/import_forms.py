"""The form that asks for an import: its fields, the job that is made of it, and beginning it."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from hashlib import file_digest
from typing import Annotated, Any, NamedTuple, TypeVar

from annotated_types import Len
from fastapi import Request, Response, UploadFile
from pydantic import Field, TypeAdapter, ValidationError

from application.commands.change_settings import checked_settings
from application.jobs.job import Job
from application.refusals import Conflict, Invalid, Refused, StoreUnusable
from infrastructure.account_log.log import EventLog, Part
from infrastructure.jobs.carry_out import begin_job
from infrastructure.jobs.file_imports import check_file, import_of
from infrastructure.jobs.previews import Previewed
from infrastructure.jobs.shown_previews import decided_by_preview
from infrastructure.web.answers import Answer, accepted, digest_of_request
from infrastructure.web.callers import Commands
from infrastructure.web.problems import (
    FORM,
    FieldError,
    ProblemError,
    invalid,
    invalid_fields,
    is_form,
    other_type,
)

_OF_THE_FILE = ("region", "mapping", "forget_mapping", "encoding", "header_row")
_OPTIONS = ("region", "mapping", "encoding", "header_row")
_FIELDS = {"file", *_OF_THE_FILE, "dry_run", "preview", "keep_apart", "share"}
_MOST = 1_000
"""The largest number of rows that are kept apart, and of values that are shared, by a form."""
_MAPPING = TypeAdapter(dict[str, str])
_ROWS = TypeAdapter(Annotated[list[Annotated[int, Field(ge=1, lt=1 << 40)]], Len(0, _MOST)])
_VALUES = TypeAdapter(Annotated[list[str], Len(0, _MOST)])
T = TypeVar("T")


class ImportForm(NamedTuple):
    """A form: the file, if one was sent, the names of its fields, and their values.

    `again`: a dry run whose file is looked at once more, with other options. `mends`: the import
    whose rejected rows the file has.
    """

    file: UploadFile | None
    given: Collection[str]
    fields: Mapping[str, Any]
    again: str | None = None
    mends: str | None = None

    def check(self) -> None:
        """Check that its fields go together. Raises ProblemError."""
        preview = self.fields["preview"]
        if (self.file is None) == (preview is None):
            raise invalid("file", "send either a `file` or the id of a dry run as `preview`")
        wrong = [
            FieldError(field=name, location="body", reason="comes with the dry run")
            for name in _OF_THE_FILE
            if preview is not None and name in self.given
        ]
        if preview is None and "keep_apart" in self.given:
            reason = "needs the `preview` in which these rows would join contacts"
            wrong.append(FieldError(field="keep_apart", location="body", reason=reason))
        if wrong:
            raise invalid_fields(wrong)

    def keep(self, log: EventLog, import_id: str, by: str) -> tuple[Job, str]:
        """Keep the file. Returns the job that imports it, and the file's digest.

        Raises Refused, and ProblemError, which names the field.
        """
        uploads, fields = log.database.uploads, self.fields
        options = {each: fields[each] for each in _OPTIONS}
        _check_shared(log, fields["share"])
        if self.file is not None:
            name, forget = _name(self.file), fields["forget_mapping"]
            previewed = Previewed(None, {}, fields["share"])
            uploads.keep(import_id, self.file.file)
        else:
            preview, previewed = decided_by_preview(
                log, self.again or fields["preview"], fields["keep_apart"], fields["share"]
            )
            name, forget = preview.options["file"], preview.options["forget_mapping"]
            if self.again is None:
                options = {each: preview.options.get(each) for each in options}
            else:
                options = _changed(preview.options, options)
                previewed = Previewed(None, {}, ())
            with uploads.opened(preview.id) as path:
                if not path.exists() or not path.stat().st_size:
                    raise Conflict(
                        f"the file of the dry run `{preview.id}` is no longer kept; send it again"
                    )
                with path.open("rb") as kept:
                    uploads.keep(import_id, kept)
        job = import_of(
            log,
            import_id=import_id,
            file=name,
            by=f"{by}, import {name}",
            forget=forget,
            dry_run=fields["dry_run"],
            previewed=previewed,
            mends=self.mends,
            **options,
        )
        with uploads.opened(import_id) as path, path.open("rb") as opened:
            digest = file_digest(opened, "sha256").hexdigest()
            try:
                check_file(log, job, path)
            except Refused as refused:
                raise _wrong(str(refused).removeprefix(f"{path}: ")) from None
        return job, digest


def _changed(before: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a dry run, some of which are changed.

    The names of columns are those of their header: below another row no mapping is known.
    """
    kept = {name: before.get(name) if said is None else said for name, said in options.items()}
    is_below_another = options["header_row"] is not None
    kept["mapping"] = {} if is_below_another else {**before["mapping"], **options["mapping"]}
    return kept


def form_of(file: UploadFile | None, given: Collection[str] = (), **said: Any) -> ImportForm:
    """A form that says some of its fields."""
    nothing: dict[str, Any] = {
        "region": None,
        "mapping": {},
        "forget_mapping": False,
        "encoding": None,
        "header_row": None,
        "dry_run": False,
        "preview": None,
        "keep_apart": [],
        "share": [],
    }
    return ImportForm(file, given, {**nothing, **said})


async def begin_import(
    request: Request, do: Commands, form: ImportForm, key: str | None
) -> Response:
    """Begin the import that a form asks for. Raises ProblemError, Refused.

    `key`: the request's Idempotency-Key.
    """
    log, service = do.account.log, do.service
    import_id = log.new_id()
    uploads = log.database.uploads
    try:
        job, digest = await service.in_writer(partial(form.keep, log, import_id, do.by))
        body = {**form.fields, "file": digest}
        once = None if key is None else (key, digest_of_request(request, body))

        def command(part: Part) -> Answer:
            begin_job(log, part.session, job)
            return accepted(part.account, "imports", job)

        response = await replace(do, once=once)(command)
    except (StoreUnusable, asyncio.CancelledError):
        raise  # the job may have been noted; a file without a job is removed after a day
    except BaseException:
        await service.in_writer(partial(uploads.remove, import_id))
        raise
    if "idempotent-replayed" in response.headers:
        await service.in_writer(partial(uploads.remove, import_id))
    service.jobs.want(log.account, "previews" if job.is_preview else "changes")
    return response


def _check_shared(log: EventLog, values: Collection[str]) -> None:
    """Check values that are to be declared shared. Raises ProblemError."""
    with log.reading() as reading:
        settings = reading.settings
    try:
        checked_settings({"shared_identifiers": values, "default_region": settings.default_region})
    except Invalid as wrong:
        raise invalid(wrong.field.replace("shared_identifiers", "share"), wrong.reason) from None


def _name(file: UploadFile) -> str:
    name = (file.filename or "file")[:200].encode("utf-8", "replace").decode()
    return name.replace("\0", "\ufffd")


def _wrong(reason: str) -> ProblemError:
    """The problem of a file that cannot be imported: of the field that its reason names."""
    field, colon, rest = reason.partition(": ")
    return (
        invalid(field, rest)
        if colon and field in {"mapping", "encoding", "header_row"}
        else invalid("file", reason)
    )


async def fields_of(request: Request) -> Collection[str]:
    """The names of the fields that a form has.

    Unknown fields are refused, as in JSON bodies, and so are fields that are given twice.
    """
    if not is_form(request):
        raise other_type(FORM)
    given = Counter(name for name, _ in (await request.form()).multi_items())
    errors = [
        FieldError(field=name, location="body", reason="unknown field")
        for name in given.keys() - _FIELDS
    ]
    errors += [
        FieldError(field=name, location="body", reason="is given more than once")
        for name in given.keys() & _FIELDS
        if given[name] > 1
    ]
    if errors:
        raise invalid_fields(errors)
    return given.keys()


def read_mapping(text: str | None) -> dict[str, str]:
    """What columns are. Raises ProblemError."""
    return _read(_MAPPING, "mapping", text, "a JSON object of columns and fields", {})


def read_rows(text: str | None) -> list[int]:
    """The rows that are kept apart. Raises ProblemError."""
    return _read(_ROWS, "keep_apart", text, f"a JSON list of at most {_MOST:,} row numbers", [])


def read_values(text: str | None) -> list[str]:
    """The values that are declared shared. Raises ProblemError."""
    return _read(_VALUES, "share", text, f"a JSON list of at most {_MOST:,} phones and emails", [])


def _read(shape: TypeAdapter[T], field: str, text: str | None, said: str, default: T) -> T:
    """A field of a form that is JSON. `said`: what it must be."""
    if text is None:
        return default
    try:
        return shape.validate_json(text, strict=True)
    except ValidationError:
        raise invalid(field, f"must be {said}") from None
