"""What `check` asks of an endpoint, and the shapes of the answers."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

from pydantic import BaseModel, Field, ValidationError

from sheets_sync.arize.answer import Reply, readable
from sheets_sync.arize.outcome import endpoint_verdict, graphql_of, whole_trouble
from sheets_sync.domain.delivery import Unavailable
from sheets_sync.errors import TargetUnavailable, TransientError

VIEWER = "query viewer { viewer { user { name } } }"
NODE = "query node($id: ID!) { node(id: $id) { __typename ... on Model { name } } }"
MODELS = (
    "query models { viewer { spaces(first: 10) { edges { node { "
    "models(first: 20) { edges { node { id name } } } } } } } }"
)
"""The first models of the first spaces, as Arize's page on its object graph asks for them
(arize.com/docs/ax/graphql-reference); more at once would cost more than a call may."""
RATE_LIMIT = "query rateLimit { rateLimit { limit cost } }"


class NamedModel(NamedTuple):
    """A model at Arize."""

    id: str
    name: str


class RateLimit(NamedTuple):
    """What one call may cost by Arize's complexity count, and what this one did."""

    limit: int
    cost: int


class _Named(BaseModel):
    name: str | None = None


class _Viewer(BaseModel):
    user: _Named | None = None


class ViewerAnswer(BaseModel):
    """The data that `VIEWER` brings."""

    viewer: _Viewer

    @property
    def name(self) -> str:
        """Whose key it is."""
        return (self.viewer.user and self.viewer.user.name) or "a user without a name"


class _Node(_Named):
    kind: str = Field(alias="__typename")


class NodeAnswer(BaseModel):
    """The data that `NODE` brings."""

    node: _Node | None

    @property
    def name(self) -> str | None:
        """Type and name, as in `Model support-bot`; None where nothing has the id."""
        return None if self.node is None else f"{self.node.kind} {self.node.name or ''}".strip()


class _Model(_Named):
    id: str


class _ModelEdge(BaseModel):
    node: _Model


class _ModelEdges(BaseModel):
    edges: list[_ModelEdge]


class _Space(BaseModel):
    models: _ModelEdges


class _SpaceEdge(BaseModel):
    node: _Space


class _SpaceEdges(BaseModel):
    edges: list[_SpaceEdge]


class _Spaces(BaseModel):
    spaces: _SpaceEdges


class ModelsAnswer(BaseModel):
    """The data that `MODELS` brings."""

    viewer: _Spaces

    @property
    def models(self) -> list[NamedModel]:
        """The models of all spaces, each once."""
        edges = [edge for space in self.viewer.spaces.edges for edge in space.node.models.edges]
        found = {edge.node.id: edge.node.name or "" for edge in edges}
        return [NamedModel(id_, name) for id_, name in found.items()]


class _RateLimit(BaseModel):
    limit: int
    cost: int


class RateLimitAnswer(BaseModel):
    """The data that `RATE_LIMIT` brings."""

    rate_limit: _RateLimit = Field(alias="rateLimit")


Shape = TypeVar("Shape", bound=BaseModel)


def found(reply: Reply, shape: type[Shape]) -> Shape:
    """The data of a reply.

    Raises `TransientError` where asking again may do, `TargetUnavailable` where a person must act.
    """
    trouble = endpoint_verdict(reply) or whole_trouble(reply)
    if trouble is not None:
        if isinstance(trouble, Unavailable) and trouble.needs_person:
            raise TargetUnavailable(trouble.message)
        retry_after = trouble.retry_after if isinstance(trouble, Unavailable) else None
        raise TransientError(trouble.message, retry_after=retry_after)
    answer = graphql_of(reply)
    try:
        return shape.model_validate(answer.data)
    except ValidationError:
        said = answer.said if answer.errors else "the answer does not hold what was asked for"
        raise TargetUnavailable(readable(f"Arize did not answer the question: {said}")) from None
