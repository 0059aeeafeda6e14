"""Arize's GraphQL endpoint: the mutation in its two dialects, the lookup, limits and refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Literal, TypeAlias, cast

from graphql import (
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    build_schema,
    execute_sync,
    parse,
    validate,
)
from graphql.language import DocumentNode
from pydantic import (
    AwareDatetime,
    BaseModel,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from sheets_sync.sandbox.problems import sentence
from sheets_sync.sandbox.records import Change, Mutation, Place
from sheets_sync.sandbox.wire import Answer, Call, Json
from sheets_sync.sandbox.world import World

Dialect: TypeAlias = Literal["seed", "config"]

_KEPT_DOCUMENTS = 256


class _Input(BaseModel):
    """Part of a mutation's input, already checked against the schema, with Arize's lengths.

    Lengths are those of Arize's SDK: arize/constants/spans.py in arize 8.61.
    """

    model_config = {"alias_generator": to_camel}


class _Annotation(_Input):
    name: Annotated[str, Field(min_length=1)]
    updated_by: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    label: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    score: Annotated[float, Field(allow_inf_nan=False)] | None = None
    text: Annotated[str, Field(min_length=1, max_length=10_000)] | None = None
    annotation_type: Literal["label", "score", "text"]

    @model_validator(mode="after")
    def _one_value(self) -> _Annotation:
        values = {"label": self.label, "score": self.score, "text": self.text}
        given = [kind for kind, value in values.items() if value is not None]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} may not be given together")
        if given != [self.annotation_type]:
            raise ValueError(
                f"annotationType {self.annotation_type} needs a {self.annotation_type}"
            )
        return self


class _Update(_Input):
    annotation_config_id: Annotated[str, Field(min_length=1)]
    annotation: _Annotation


class _Note(_Input):
    text: Annotated[str, Field(max_length=10_000)]


class _UpdateAnnotations(_Input):
    model_id: str
    record_id: str
    model_environment: str
    start_time: AwareDatetime
    client_mutation_id: str | None = None
    note: _Note | None = None
    annotations: list[_Annotation] = []
    annotation_updates: list[_Update] = []

    def mutation(self, notes: Literal["append", "overwrite"]) -> Mutation:
        """The same in the words of either dialect."""
        annotations: list[tuple[str | None, _Annotation]] = [(None, a) for a in self.annotations]
        annotations += [(u.annotation_config_id, u.annotation) for u in self.annotation_updates]
        return Mutation(
            place=Place(self.model_id, self.model_environment, self.record_id),
            start_time=self.start_time,
            changes=tuple(
                Change(a.name, a.annotation_type, a.label, a.score, a.text, a.updated_by, config_id)
                for config_id, a in annotations
            ),
            note=self.note.text if self.note else None,
            notes=notes,
            client_mutation_id=self.client_mutation_id,
        )


@dataclass(frozen=True)
class _Request:
    """A GraphQL request whose document is good, and the operation it asks for."""

    document: DocumentNode
    operation: OperationDefinitionNode
    name: str | None
    variables: dict[str, object]


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
            document, name, _ = _parts(call)
            operation = _operation(_parsed(document), name)
        except GraphQLError:
            return []
        names = [field.name.value for field in _fields(operation.selection_set, {})]
        return [operation.name.value, *names] if operation.name else names

    def count(self, call: Call) -> None:
        """Count a request, whatever becomes of it."""
        calls = self._world.calls
        calls.requests += 1
        try:
            document, name, _ = _parts(call)
            operation = _operation(_parsed(document), name)
        except GraphQLError:
            return
        calls.mutations += _mutation_count(operation)
        calls.operations[operation.name.value if operation.name else ""] += 1

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
            request = _read(self._world.settings.dialect, call)
        except GraphQLError as error:
            return _errors(400, [error])
        cost = _cost(request)
        if quotas.arize_complexity is not None and cost > quotas.arize_complexity:
            return _refused(
                400,
                f"Complexity {cost} is over the limit of {quotas.arize_complexity}",
                "COMPLEXITY_LIMIT_EXCEEDED",
            )
        mutations = _mutation_count(request.operation)
        if not minutes.has_room(f"mutations of {key}", quotas.arize_mutations, mutations):
            return _too_many(f"{quotas.arize_mutations} mutations per minute")
        minutes.take(f"mutations of {key}", mutations)
        return _result(
            execute_sync(
                _schema(self._world.settings.dialect),
                request.document,
                context_value=_Context(self._world, cost),
                variable_values=request.variables,
                operation_name=request.name,
            )
        )


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


_DATE_TIME = TypeAdapter(AwareDatetime)


def _date_time(value: object) -> datetime:
    if not isinstance(value, str):
        raise GraphQLError("DateTime cannot represent a value that is no ISO 8601 string.")
    try:
        return _DATE_TIME.validate_python(value)
    except ValidationError:
        raise GraphQLError(
            f"DateTime cannot represent {value!r}: ISO 8601 with a time zone is needed."
        ) from None


def _update_annotations(_: object, info: GraphQLResolveInfo[_Context], **arguments: object) -> Json:
    world = info.context.world
    try:
        given = _UpdateAnnotations.model_validate(arguments["input"])
    except ValidationError as error:
        raise _bad_input(sentence(error)) from None
    mutation = given.mutation(world.settings.notes)
    result: Json = {"__typename": "UpdateAnnotationSuccess", "success": True}
    if world.settings.any_record or world.records.finds(mutation.place, mutation.start_time):
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
    context = info.context
    limit = context.world.settings.quotas.arize_complexity
    return {"limit": 1000 if limit is None else limit, "cost": context.cost}


def _read(dialect: Dialect, call: Call) -> _Request:
    """The request; raises the first GraphQLError that makes it none."""
    text, name, variables = _parts(call)
    document = _validated(dialect, text)
    return _Request(document, _operation(document, name), name, variables)


def _parts(call: Call) -> tuple[str, str | None, dict[str, object]]:
    try:
        body = call.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise _bad_input("The body is not JSON") from None
    if not isinstance(body, dict):
        raise _bad_input("The body is not one JSON object")
    text, name, variables = body.get("query"), body.get("operationName"), body.get("variables")
    if not isinstance(text, str) or not isinstance(name, str | None):
        raise _bad_input("The body has no text in query or no name in operationName")
    if variables is not None and not isinstance(variables, dict):
        raise _bad_input("variables is not a JSON object")
    return text, name, {**(variables or {})}


@lru_cache(_KEPT_DOCUMENTS)
def _parsed(text: str) -> DocumentNode:
    try:
        return parse(text)
    except GraphQLError as error:
        error.extensions = {"code": "GRAPHQL_PARSE_FAILED"}
        raise


@lru_cache(_KEPT_DOCUMENTS)
def _validated(dialect: Dialect, text: str) -> DocumentNode:
    document = _parsed(text)
    for error in validate(_schema(dialect), document):
        error.extensions = {"code": "GRAPHQL_VALIDATION_FAILED"}
        raise error
    return document


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [n for n in document.definitions if isinstance(n, OperationDefinitionNode)]
    asked = [o for o in operations if name is None or (o.name and o.name.value == name)]
    if len(asked) != 1:
        raise _bad_input("operationName does not say which operation to run")
    return asked[0]


def _fields(
    selections: SelectionSetNode | None, fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[FieldNode]:
    """The fields of a selection; those of fragments that are not given are left out."""
    for node in selections.selections if selections else ():
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(node.selection_set, fragments)
        elif isinstance(node, FragmentSpreadNode) and node.name.value in fragments:
            yield from _fields(fragments[node.name.value].selection_set, fragments)


def _mutation_count(operation: OperationDefinitionNode) -> int:
    if operation.operation is not OperationType.MUTATION:
        return 0
    fields = _fields(operation.selection_set, {})
    return sum(1 for field in fields if not field.name.value.startswith("__"))


def _cost(request: _Request) -> int:
    """Arize's complexity: each node and each field of a node counts 1."""
    fragments = {
        n.name.value: n
        for n in request.document.definitions
        if isinstance(n, FragmentDefinitionNode)
    }

    def cost(selections: SelectionSetNode | None) -> int:
        return sum(1 + cost(field.selection_set) for field in _fields(selections, fragments))

    return cost(request.operation.selection_set)


def _result(result: ExecutionResult) -> Answer:
    refused = result.data is None and all(error.path is None for error in result.errors or ())
    if refused:
        return _errors(400, [_bad_input(error.message) for error in result.errors or ()])
    body = cast("dict[str, Json]", result.formatted)
    return Answer(200, body)


def _bad_input(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})


def _too_many(limit: str) -> Answer:
    return _refused(
        429, f"TOO_MANY_REQUESTS: the limit of {limit} is exceeded", "TOO_MANY_REQUESTS"
    )


def _refused(status: int, message: str, code: str) -> Answer:
    return _errors(status, [GraphQLError(message, extensions={"code": code})])


def _errors(status: int, errors: list[GraphQLError]) -> Answer:
    formatted = [cast("dict[str, Json]", {**error.formatted}) for error in errors]
    return Answer(status, {"errors": [*formatted]})
