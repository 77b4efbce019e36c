"""Making an account over HTTP, once for each Idempotency-Key.

The answer is kept in the new account, in its first commit. A request for another account with the
same key would not find it there, so the account of each key is first noted beside the keys.
"""

from application.refusals import Conflict
from domain.settings import MergeSettings
from infrastructure.storage.session import Session
from infrastructure.web.answers import KEPT, Answer, Once, keep_answer, kept_answer
from infrastructure.web.problems import key_reused
from infrastructure.web.service import Service


def make_account(
    service: Service,
    account: str,
    settings: MergeSettings,
    given: Answer,
    *,
    by: str,
    once: Once | None,
) -> Answer:
    """Make an account. Returns `given`, or the first answer if the request is repeated.

    Raises Conflict if the account exists, ProblemError if the key was used for another request.
    """
    if once is None:
        service.accounts.create(account, settings, by).close()
        return given
    key, request = once
    if not service.keys.use_for_account(key, request, KEPT):
        raise key_reused(key)

    def keep(session: Session) -> None:
        keep_answer(session, key, request, given, service.clock())

    try:
        service.accounts.create(account, settings, by, keep).close()
    except Conflict:
        with service.accounts.open(account).database.reading() as session:
            first = kept_answer(session, key, request)
        if first is None:
            service.keys.unuse_for_account(key)
            raise
        return first
    return given
