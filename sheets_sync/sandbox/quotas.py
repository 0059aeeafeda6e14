"""Google's quotas: how many requests a minute, and how a refusal is worded."""

from __future__ import annotations

from collections import Counter, defaultdict, deque

from sheets_sync.sandbox.clock import Clock
from sheets_sync.sandbox.wire import Answer

_READ_BY_POST = ("values:batchGetByDataFilter", ":getByDataFilter", "/developerMetadata:search")


class Minutes:
    """What was taken in the last 60 seconds of the sandbox's clock, by name."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._taken: defaultdict[str, deque[float]] = defaultdict(deque)
        self.busiest: Counter[str] = Counter()
        """The most that any 60 seconds held."""

    def has_room(self, name: str, limit: int | None, amount: int = 1) -> bool:
        """Whether `amount` more would stay within `limit`; None is no limit."""
        return limit is None or len(self._lately(name)) + amount <= limit

    def take(self, name: str, amount: int = 1) -> None:
        """Use up `amount` of the next 60 seconds."""
        taken = self._lately(name)
        taken.extend([self._clock.now()] * amount)
        self.busiest[name] = max(self.busiest[name], len(taken))

    def _lately(self, name: str) -> deque[float]:
        taken, now = self._taken[name], self._clock.now()
        while taken and taken[0] <= now - 60:
            taken.popleft()
        return taken


def is_read(method: str, pattern: str) -> bool:
    """Whether Sheets counts a request as a read; all others are writes."""
    return method == "GET" or pattern.endswith(_READ_BY_POST)


def quota_exceeded(*, read: bool, per_user: bool, limit: int, project_number: str) -> Answer:
    """Google's 429; its message as met in github.com/AutomaApp/automa/issues/1844."""
    verb, kind = ("Read", "read") if read else ("Write", "write")
    scope = " per user" if per_user else ""
    return Answer(
        429,
        {
            "error": {
                "code": 429,
                "message": (
                    f"Quota exceeded for quota metric '{verb} requests' and limit "
                    f"'{verb} requests per minute{scope}' of service 'sheets.googleapis.com' "
                    f"for consumer 'project_number:{project_number}'."
                ),
                "status": "RESOURCE_EXHAUSTED",
                "details": [
                    {
                        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                        "reason": "RATE_LIMIT_EXCEEDED",
                        "domain": "googleapis.com",
                        "metadata": {
                            "service": "sheets.googleapis.com",
                            "consumer": f"projects/{project_number}",
                            "quota_metric": f"sheets.googleapis.com/{kind}_requests",
                            "quota_limit": (
                                f"{verb}RequestsPerMinutePer{'User' if per_user else 'Project'}"
                            ),
                            "quota_limit_value": str(limit),
                        },
                    }
                ],
            }
        },
    )
