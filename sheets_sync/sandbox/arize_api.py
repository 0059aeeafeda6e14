"""Arize's GraphQL endpoint: the mutation in its two dialects, the lookup, limits and refusals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Literal, TypeAlias, cast

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    execute_sync,
    parse,
    validate,
)
from pydantic import ValidationError

from sheets_sync.sandbox import arize_document
from sheets_sync.sandbox.arize_document import Request, bad_input
from sheets_sync.sandbox.arize_input import UpdateAnnotations
from sheets_sync.sandbox.problems import sentence
from sheets_sync.sandbox.wire import Answer, Call, Json
from sheets_sync.sandbox.world import World

Dialect: TypeAlias = Literal["seed", "config"]


@dataclass(frozen=True)
class _Context:
    world: World
    cost: int


class Arize:
    """`POST /graphql`, on what `world` holds and as its settings say."""

    def __init__(self, world: World) -> None:
        self._world = world

    def names(self, call: Call) -> list[str]:
        """What faults can match: the operation's name and its root fields, if it can be read."""
        try:
            request = arize_document.read(call)
        except GraphQLError:
            return []
        return [request.name, *request.root_fields]

    def records(self, call: Call) -> list[str]:
        """The records that its mutations are about, as far as it can be read."""
        try:
            return arize_document.read(call).records
        except GraphQLError:
            return []

    def count(self, call: Call) -> None:
        """Count a request, whatever becomes of it."""
        calls = self._world.calls
        calls.requests += 1
        try:
            request = arize_document.read(call)
        except GraphQLError:
            return
        calls.mutations += request.mutations
        calls.operations[request.name] += 1

    def answer(self, call: Call) -> Answer:
        """The answer to one request; several mutations in it run in their order."""
        key = call.headers.get("x-api-key", "")
        if not key:
            return _refused(401, "Unauthorized: the x-api-key header is missing", "UNAUTHENTICATED")
        quotas, minutes = self._world.settings.quotas, self._world.minutes
        if not minutes.has_room(f"requests of {key}", quotas.arize_requests):
            return _too_many(f"{quotas.arize_requests} requests per minute")
        minutes.take(f"requests of {key}")
        try:
            request = arize_document.read(call)
            _validate(self._world.settings.dialect, request.text)
        except GraphQLError as error:
            return _errors(400, [error])
        cost, limit = request.cost(), quotas.arize_complexity
        if limit is not None and cost > limit:
            return _refused(
                400, f"Complexity {cost} is over the limit of {limit}", "COMPLEXITY_LIMIT_EXCEEDED"
            )
        if not minutes.has_room(f"mutations of {key}", quotas.arize_mutations, request.mutations):
            return _too_many(f"{quotas.arize_mutations} mutations per minute")
        minutes.take(f"mutations of {key}", request.mutations)
        return self._executed(request, cost)

    def _executed(self, request: Request, cost: int) -> Answer:
        result = execute_sync(
            _schema(self._world.settings.dialect),
            request.document,
            context_value=_Context(self._world, cost),
            variable_values=request.variables,
            operation_name=request.name or None,
        )
        return _answer(result)


@lru_cache
def _schema(dialect: Dialect) -> GraphQLSchema:
    text = files("sheets_sync.sandbox").joinpath("schemas", f"{dialect}.graphql").read_text("utf-8")
    schema = build_schema(text)
    date_time = cast("GraphQLScalarType", schema.type_map["DateTime"])
    date_time.coerce_input_value = _date_time
    query, mutation = schema.query_type, schema.mutation_type
    if query is None or mutation is None:
        raise ValueError(f"the {dialect} schema lacks Query or Mutation")
    mutation.fields["updateAnnotations"].resolve = _update_annotations
    query.fields["viewer"].resolve = _viewer
    query.fields["node"].resolve = _node
    query.fields["rateLimit"].resolve = _rate_limit
    return schema


@lru_cache(256)
def _validate(dialect: Dialect, text: str) -> None:
    """Raise the first error that the schema finds in a document."""
    for error in validate(_schema(dialect), parse(text)):
        error.extensions = {"code": "GRAPHQL_VALIDATION_FAILED"}
        raise error


def _date_time(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise GraphQLError(
            f"DateTime cannot represent {value!r}: ISO 8601 with a time zone is needed."
        )
    return moment


def _update_annotations(_: object, info: GraphQLResolveInfo[_Context], **arguments: object) -> Json:
    world = info.context.world
    try:
        given = UpdateAnnotations.model_validate(arguments["input"])
    except ValidationError as error:
        raise bad_input(sentence(error)) from None
    mutation = given.mutation(world.settings.notes)
    result: Json = {"__typename": "UpdateAnnotationSuccess", "success": True}
    fault = world.faults.pick_of(mutation.place.record_id)
    if fault is not None:
        message = fault.message or "Internal server error"
        if fault.code is not None or world.settings.dialect == "seed":
            extensions = None if fault.code is None else {"code": fault.code}
            raise GraphQLError(message, extensions=extensions)
        result = {"__typename": "UpdateAnnotationError", "message": message}
    elif world.settings.any_record or world.records.finds(mutation.place, mutation.start_time):
        world.records.submit(mutation)
    elif world.settings.not_found != "silent":
        message = f"Record {mutation.place.record_id} was not found"
        if world.settings.not_found == "error" or world.settings.dialect == "seed":
            raise GraphQLError(message, extensions={"code": "NOT_FOUND"})
        result = {"__typename": "UpdateAnnotationError", "message": message}
    return {"clientMutationId": mutation.client_mutation_id, "result": result}


def _viewer(_: object, _info: GraphQLResolveInfo[_Context]) -> Json:
    return {"user": {"name": "Sandbox"}}


def _node(_: object, info: GraphQLResolveInfo[_Context], **arguments: object) -> Json:
    world = info.context.world
    node_id = str(arguments["id"])
    if not (world.settings.any_record or world.records.knows_model(node_id)):
        return None
    return {
        "__typename": "Model",
        "id": node_id,
        "name": "sandbox-model",
        "modelType": "generative_llm",
    }


def _rate_limit(_: object, info: GraphQLResolveInfo[_Context]) -> Json:
    limit = info.context.world.settings.quotas.arize_complexity
    return {"limit": 1000 if limit is None else limit, "cost": info.context.cost}


def _answer(result: ExecutionResult) -> Answer:
    errors = result.errors or []
    if result.data is None and all(error.path is None for error in errors):
        return _errors(400, [bad_input(error.message) for error in errors])
    return Answer(200, cast("dict[str, Json]", result.formatted))


def _too_many(limit: str) -> Answer:
    return _refused(
        429, f"TOO_MANY_REQUESTS: the limit of {limit} is exceeded", "TOO_MANY_REQUESTS"
    )


def _refused(status: int, message: str, code: str) -> Answer:
    return _errors(status, [GraphQLError(message, extensions={"code": code})])


def _errors(status: int, errors: list[GraphQLError]) -> Answer:
    formatted = [cast("dict[str, Json]", {**error.formatted}) for error in errors]
    return Answer(status, {"errors": [*formatted]})
