"""What a reply says about each row that was sent: a pure table.

No public material gives Arize's error shapes in full, so words decide where codes do not. A row
counts as accepted only where the payload proves it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from graphql import GraphQLError
from pydantic import JsonValue

from sheets_sync.arize.answer import Answer, NoAnswer, NotSent, Reply, readable
from sheets_sync.domain.delivery import Accepted, Dialect, Outcome, Refused, Unavailable, Unresolved


@dataclass(frozen=True, slots=True)
class Unattributed:
    """The answer does not tell about this row; sent alone, another one may."""

    message: str
    may_have_run: bool
    too_complex: bool = False
    """The request holds too many rows."""


Trouble: TypeAlias = Unavailable | Unresolved | Unattributed
Verdict: TypeAlias = Outcome | Unattributed

_ALIAS = re.compile(r"m(\d{1,6})", re.ASCII)
_VARIABLE = re.compile(r"\$i(\d{1,6})\b", re.ASCII)
_QUOTED = re.compile(r"\"[^\"]*\"|(?<!\w)'[^']*'(?!\w)")
_TOO_MANY = re.compile(r"too.?many.?requests|rate.?limit", re.IGNORECASE)
_DEVELOPER = re.compile(r"developer (?:permission|access)", re.IGNORECASE)
_KEY = re.compile(rf"unauthenticated|unauthori[sz]ed|api.?key|{_DEVELOPER.pattern}", re.IGNORECASE)
_SCHEMA = re.compile(
    r"cannot query field|unknown (?:type|argument)|syntax error|cannot be spread"
    r"|is not defined (?:by|on|for)|of required type .* was not provided"
    r"|include (?:required|unknown) field",
    re.IGNORECASE,
)
_COMPLEX = re.compile(r"complexity", re.IGNORECASE)
_BEFORE_RUNNING = re.compile(r"^variable\b|complexity", re.IGNORECASE)
_NOT_FOUND = re.compile(
    r"not (?:be )?found|(?:does not|doesn't) exist|(?:could not|cannot|unable to) find"
    r"|\bno such\b|\bunknown (?:record|span|model|project)",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"\b(record|span|trace\b|config|model|project)", re.IGNORECASE)
_FAILED = re.compile(r"internal (?:server )?error|timed? ?out|deadline|unavailable", re.IGNORECASE)
_VALIDATION_CODES = ("GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED")


def verdicts(reply: Reply, attempts: Sequence[str], dialect: Dialect) -> list[Verdict]:
    """One verdict for each attempt, in the order in which they were sent."""
    if of_all := endpoint_verdict(reply):
        return [of_all] * len(attempts)
    if mismatch := schema_mismatch(reply):
        hint = f'the schema does not fit dialect "{dialect}", check `dialect`: {mismatch}'
        return [Unavailable(readable(hint), "endpoint", needs_person=True)] * len(attempts)
    return _of_rows(graphql_of(reply), attempts, dialect)


def settled(verdict: Verdict) -> Outcome:
    """The outcome of a row that was sent alone."""
    if not isinstance(verdict, Unattributed):
        return verdict
    if verdict.may_have_run:
        return Unresolved(verdict.message)
    return Refused(verdict.message, transient=False)


def endpoint_verdict(reply: Reply) -> Trouble | None:
    """What HTTP alone decides, or the lack of it; None where a GraphQL answer is to be read."""
    match reply:
        case NotSent():
            return Unavailable(reply.message, "endpoint", needs_person=reply.needs_person)
        case NoAnswer():
            return Unresolved(reply.message)
        case Answer():
            return _of_status(reply)
        case never:
            assert_never(never)


def schema_mismatch(reply: Reply) -> str | None:
    """What in the document the schema does not know, if that is why nothing was done."""
    if isinstance(reply, Answer) and reply.data is None:
        for error in reply.errors or ():
            of_document = _code(error) in _VALIDATION_CODES and _row(error) is None
            if of_document or _SCHEMA.search(_words(error)):
                return error.message
    return None


def whole_trouble(reply: Reply) -> Unavailable | None:
    """Why nobody's rows are taken now, from the errors that name no row."""
    if isinstance(reply, Answer):
        for error in reply.errors or ():
            if _row(error) is None and (trouble := _trouble(error, reply)):
                return trouble
    return None


def graphql_of(reply: Reply) -> Answer:
    """The answer, where `endpoint_verdict` has found that it is one."""
    if not isinstance(reply, Answer):
        raise TypeError(f"no answer to read: {reply}")
    return reply


def _of_status(answer: Answer) -> Trouble | None:
    is_graphql = answer.text is None
    match answer.status:
        case 429:
            return Unavailable(answer.said, "endpoint", answer.retry_after)
        case 401 | 403:
            return _refused_key(answer.said, answer)
        case 404 | 405 | 410 | 301 | 302 | 303 | 307 | 308:
            return _wrong_url(answer)
        case 413:
            return Unattributed(answer.said, may_have_run=False)
        case status if status == 408 or status >= 500:
            return Unresolved(answer.said, answer.retry_after)
        case status if is_graphql and (status < 300 or status in {400, 422}):
            return None
        case status if status < 300:
            said = f"the answer is not GraphQL; check `endpoint` ({answer.said})"
            return Unresolved(readable(said))
        case _:
            return _wrong_url(answer)


def _wrong_url(answer: Answer) -> Unavailable:
    said = f"no GraphQL at this URL; check `endpoint` ({answer.said})"
    return Unavailable(readable(said), "endpoint", needs_person=True)


def _refused_key(said: str, answer: Answer) -> Unavailable:
    cure = "check `api_key`"
    if _DEVELOPER.search(said):
        cure = "this key cannot write: ask for Developer Access"
    elif answer.status == 403:
        cure = "check `api_key`, and whether it has Developer Access"
    return Unavailable(
        readable(f"Arize refused the key: {readable(said)[:125]}; {cure}"),
        "endpoint",
        answer.retry_after,
        needs_person=True,
    )


def _of_rows(answer: Answer, attempts: Sequence[str], dialect: Dialect) -> list[Verdict]:
    by_row = {_row(error): error for error in reversed(answer.errors or [])}
    trouble = whole_trouble(answer)
    too_complex = answer.data is None and any(
        _row(error) is None and _COMPLEX.search(f"{_code(error)} {_words(error)}")
        for error in answer.errors or ()
    )
    unattributed = Unattributed(answer.said, _may_have_run(answer), too_complex)
    found: list[Verdict] = []
    for index, attempt in enumerate(attempts):
        payload = (answer.data or {}).get(f"m{index}")
        error = by_row.get(index)
        if error is not None and payload is not None:
            found.append(Unresolved(readable(error.message)))
        elif error is not None:
            found.append(_of_error(error, answer))
        elif isinstance(payload, dict):
            found.append(_of_payload(payload, attempt, dialect, answer))
        else:
            found.append(trouble or unattributed)
    return found


def _of_payload(
    payload: dict[str, JsonValue], attempt: str, dialect: Dialect, answer: Answer
) -> Outcome:
    if dialect == "seed":
        if payload.get("clientMutationId") == attempt:
            return Accepted()
        return Unresolved("the answer echoes another clientMutationId than the one sent")
    match payload.get("result"):
        case {"__typename": "UpdateAnnotationSuccess", "success": True}:
            return Accepted()
        case {"__typename": "UpdateAnnotationSuccess"}:
            return Refused("not successful, without a reason", transient=True)
        case {"__typename": "UpdateAnnotationError", "message": str() as message}:
            return _of_error(GraphQLError(message), answer)
        case _:
            return Unresolved("the answer holds neither a success nor an error")


def _of_error(error: GraphQLError, answer: Answer) -> Outcome:
    """What was said of one row: whose fault it is, whoever knows of other rows decides."""
    message = readable(error.message)
    if trouble := _trouble(error, answer):
        return replace(trouble, message=message, of_row=True)
    if _code(error) == "FORBIDDEN":
        return Unavailable(message, "model", needs_person=True, of_row=True)
    if _NOT_FOUND.search(words := _words(error)) and (subject := _SUBJECT.search(words)):
        match subject[1].lower():
            case "model" | "project":
                return Unavailable(message, "model", needs_person=True, of_row=True)
            case "record" | "span" | "trace":
                return Refused(message, transient=True, unknown_record=True)
    if _is_failure(error):
        return Unresolved(message, answer.retry_after, of_row=True)
    return Refused(message, transient=False)


def _trouble(error: GraphQLError, answer: Answer) -> Unavailable | None:
    if _TOO_MANY.search(f"{_code(error)} {_words(error)}"):
        return Unavailable(readable(error.message), "endpoint", answer.retry_after)
    if _KEY.search(f"{_code(error)} {_words(error)}"):
        return _refused_key(error.message, answer)
    return None


def _may_have_run(answer: Answer) -> bool:
    errors = answer.errors or ()
    if answer.status in {400, 422} or any(_BEFORE_RUNNING.search(_words(e)) for e in errors):
        return False
    return answer.has_data or any(_is_failure(error) for error in errors)


def _is_failure(error: GraphQLError) -> bool:
    failed = _FAILED.search(_words(error))
    return _code(error) == "INTERNAL_SERVER_ERROR" or failed is not None


def _row(error: GraphQLError) -> int | None:
    if error.path:
        alias = _ALIAS.fullmatch(str(error.path[0]))
        return int(alias[1]) if alias else None
    variable = _VARIABLE.search(error.message)
    return int(variable[1]) if variable else None


def _words(error: GraphQLError) -> str:
    """The message without what it quotes: a label may speak of rate limits."""
    return _QUOTED.sub('""', error.message)


def _code(error: GraphQLError) -> str:
    code = (error.extensions or {}).get("code")
    return code if isinstance(code, str) else ""
