"""Which of its two dialects an endpoint speaks, from its schema's own answer."""

from __future__ import annotations

from typing import Literal, TypeAlias

from gql import GraphQLRequest
from pydantic import BaseModel, Field, ValidationError

from sheets_sync.arize.answer import Reply, readable
from sheets_sync.arize.outcome import endpoint_verdict, graphql_of, whole_trouble
from sheets_sync.domain.delivery import Dialect, Unavailable

DialectSetting: TypeAlias = Literal["seed", "config", "auto"]

QUESTION = GraphQLRequest(
    'query dialect { __type(name: "UpdateAnnotationsInput") { inputFields { name } } }',
)


class _Field(BaseModel):
    name: str


class _Input(BaseModel):
    fields: list[_Field] = Field(alias="inputFields")


class _Schema(BaseModel):
    input: _Input = Field(alias="__type")


def dialect_of(reply: Reply) -> Dialect | Unavailable:
    """What the reply to `QUESTION` tells, never a guess.

    An input with both fields is spoken to in the seed dialect, which needs no annotation config: a
    schema that is leaving `annotations` behind deprecates it first, and introspection lists no
    deprecated field.
    """
    trouble = endpoint_verdict(reply) or whole_trouble(reply)
    if isinstance(trouble, Unavailable):
        return trouble
    if trouble is not None:
        return _unknown(trouble.message, needs_person=False)
    answer = graphql_of(reply)
    try:
        fields = {field.name for field in _Schema.model_validate(answer.data).input.fields}
    except ValidationError:
        said = answer.said if answer.errors else "the answer does not list the input's fields"
        return _unknown(said, needs_person=True)
    if "annotations" in fields:
        return "seed"
    if "annotationUpdates" in fields:
        return "config"
    return _unknown("UpdateAnnotationsInput has no annotations", needs_person=True)


def _unknown(why: str, *, needs_person: bool) -> Unavailable:
    said = f"`dialect: auto` could not tell, set `dialect: seed` or `dialect: config`: {why}"
    return Unavailable(readable(said), "endpoint", needs_person=needs_person)
