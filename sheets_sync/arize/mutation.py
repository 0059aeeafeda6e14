"""The `updateAnnotations` mutation, several rows in one request, in both dialects."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from gql import GraphQLRequest
from graphql import parse
from pydantic import JsonValue

from sheets_sync.domain.annotation import MetricValue
from sheets_sync.domain.delivery import Dialect, Post

_SELECTION: dict[Dialect, str] = {
    "seed": "clientMutationId",
    "config": (
        "result { __typename"
        " ... on UpdateAnnotationSuccess { success }"
        " ... on UpdateAnnotationError { message } }"
    ),
}


class Mutation(GraphQLRequest):
    """A request that knows its own text: gql would print the document again for each."""

    def __init__(self, text: str, variables: dict[str, JsonValue]) -> None:
        super().__init__(_parsed(text), variable_values=variables)
        self._text = text

    @property
    def payload(self) -> dict[str, object]:
        """What is sent."""
        return {"query": self._text, "variables": self.variable_values}


def mutation(posts: Sequence[Post], dialect: Dialect) -> Mutation:
    """One request for all posts: the n-th travels as variable `$in` under the alias `mn`."""
    variables: dict[str, JsonValue] = {
        f"i{index}": _input(post, dialect) for index, post in enumerate(posts)
    }
    return Mutation(_text(dialect, len(posts)), variables)


def unsendable(post: Post, dialect: Dialect) -> str | None:
    """Why this dialect cannot carry the post, with the cure; None where it can."""
    for metric in post.annotation.metrics:
        if dialect == "config" and metric.config_id is None:
            return f"{metric.name} has no config_id, which the config dialect needs: add it"
        if dialect == "seed" and metric.kind == "text":
            return f"{metric.name} is a text, which the seed dialect lacks: set dialect: config"
        if isinstance(metric.value, float) and not math.isfinite(metric.value):
            return f"{metric.name} is {metric.value}, not a number: correct the cell"
    return None


_parsed = lru_cache(maxsize=64)(parse)


@lru_cache(maxsize=64)
def _text(dialect: Dialect, rows: int) -> str:
    variables = ", ".join(f"$i{index}: UpdateAnnotationsInput!" for index in range(rows))
    fields = "\n".join(
        f"m{index}: updateAnnotations(input: $i{index}) {{ {_SELECTION[dialect]} }}"
        for index in range(rows)
    )
    return f"mutation updateAnnotations({variables}) {{\n{fields}\n}}"


def _input(post: Post, dialect: Dialect) -> dict[str, JsonValue]:
    row = post.annotation
    fields: dict[str, JsonValue] = {
        "modelId": row.model_id,
        "modelEnvironment": row.environment,
        "recordId": row.record_id,
        "startTime": row.start_time,
        "clientMutationId": post.attempt,
    }
    if dialect == "seed":
        fields["annotations"] = [_annotation(metric) for metric in row.metrics]
    else:
        fields["annotationUpdates"] = [
            {"annotationConfigId": metric.config_id, "annotation": _annotation(metric)}
            for metric in row.metrics
        ]
    if post.with_note and row.note is not None:
        fields["note"] = {"text": row.note}
    return fields


def _annotation(metric: MetricValue) -> dict[str, JsonValue]:
    fields: dict[str, JsonValue] = {
        "name": metric.name,
        "annotationType": metric.kind,
        metric.kind: metric.value,
    }
    if metric.updated_by is not None:
        fields["updatedBy"] = metric.updated_by
    return fields
