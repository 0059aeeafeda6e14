"""Who may call Google, for what, and how often: tokens, scopes and quotas."""

from __future__ import annotations

from sheets_sync.sandbox.quotas import is_read, quota_exceeded
from sheets_sync.sandbox.token import Account
from sheets_sync.sandbox.wire import Answer, Call, Json, Route
from sheets_sync.sandbox.world import World

_SCOPE = "https://www.googleapis.com/auth/"
_SHEETS_WRITE = {"spreadsheets", "drive", "drive.file"}
_SHEETS_READ = {*_SHEETS_WRITE, "spreadsheets.readonly", "drive.readonly"}
_DRIVE_WRITE = {"drive", "drive.file"}
_DRIVE_READ = {*_DRIVE_WRITE, "drive.readonly", "drive.metadata", "drive.metadata.readonly"}

_LOGIN = (
    "Expected OAuth 2 access token, login cookie or other valid authentication credential. See "
    "https://developers.google.com/identity/sign-in/web/devconsole-project."
)


def answer(world: World, route: Route, call: Call) -> Answer:
    """The answer of a Google route, or Google's refusal to let the caller in."""
    if not call.caller:
        return _unauthenticated(call)
    return _refusal(world, route, call) or route.answer(call)


def _refusal(world: World, route: Route, call: Call) -> Answer | None:
    if call.caller.startswith("human:"):
        return None
    needed = _needed_scopes(route)
    if needed.isdisjoint(world.accounts.scopes(call.headers)):
        return _insufficient_scopes(route)
    if is_sheets(route):
        return _over_quota(world, world.accounts.get(call.caller), route)
    return None


def is_sheets(route: Route) -> bool:
    """Whether a route belongs to Sheets; the others are Drive's."""
    return route.pattern.startswith("/v4/")


def _needed_scopes(route: Route) -> set[str]:
    """As the discovery documents sheets.v4 and drive.v3 list them; any one of them is enough."""
    if is_sheets(route):
        names = _SHEETS_READ if route.method == "GET" else _SHEETS_WRITE
    else:
        names = _DRIVE_READ if route.method == "GET" else _DRIVE_WRITE
    return {_SCOPE + name for name in names}


def _over_quota(world: World, account: Account, route: Route) -> Answer | None:
    quotas, minutes = world.settings.quotas, world.minutes
    read = is_read(route.method, route.pattern)
    kind = "reads" if read else "writes"
    per_user = quotas.google_reads_per_user if read else quotas.google_writes_per_user
    per_project = quotas.google_reads_per_project if read else quotas.google_writes_per_project
    by_user, by_project = f"{kind} of {account.email}", f"{kind} of {account.project}"
    for name, limit in ((by_user, per_user), (by_project, per_project)):
        if limit is not None and not minutes.has_room(name, limit):
            return quota_exceeded(
                read=read,
                per_user=name == by_user,
                limit=limit,
                project_number=account.project_number,
            )
    minutes.take(by_user)
    minutes.take(by_project)
    return None


def _unauthenticated(call: Call) -> Answer:
    missing = "authorization" not in call.headers
    what = (
        "Request is missing required authentication credential."
        if missing
        else "Request had invalid authentication credentials."
    )
    challenge = 'Bearer realm="https://accounts.google.com/"'
    return Answer(
        401,
        {"error": {"code": 401, "message": f"{what} {_LOGIN}", "status": "UNAUTHENTICATED"}},
        {"WWW-Authenticate": challenge if missing else f'{challenge}, error="invalid_token"'},
    )


def _insufficient_scopes(route: Route) -> Answer:
    service = "sheets" if is_sheets(route) else "drive"
    error: dict[str, Json] = {
        "code": 403,
        "message": "Request had insufficient authentication scopes.",
        "errors": [
            {
                "message": "Insufficient Permission",
                "domain": "global",
                "reason": "insufficientPermissions",
            }
        ],
        "status": "PERMISSION_DENIED",
        "details": [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
                "domain": "googleapis.com",
                "metadata": {"service": f"{service}.googleapis.com"},
            }
        ],
    }
    return Answer(403, {"error": error})
