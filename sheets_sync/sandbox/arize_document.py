"""A GraphQL request as it came: its operation, what it counts for, and what it costs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    parse,
    value_from_ast_untyped,
)
from graphql.language import DocumentNode

from sheets_sync.sandbox.wire import Call


@dataclass(frozen=True)
class Request:
    """A request whose document can be parsed; it may still not fit the schema."""

    text: str
    document: DocumentNode
    operation: OperationDefinitionNode
    variables: dict[str, object]

    @property
    def name(self) -> str:
        """The operation's name, empty if it has none."""
        return self.operation.name.value if self.operation.name else ""

    @property
    def root_fields(self) -> list[str]:
        """The names of the fields asked of the root, each as often as it is asked."""
        fields = _fields(self.operation.selection_set, self._fragments())
        return [field.name.value for field in fields if not field.name.value.startswith("__")]

    @property
    def mutations(self) -> int:
        """How many mutations it holds, each alias being one."""
        mutates = self.operation.operation is OperationType.MUTATION
        return len(self.root_fields) if mutates else 0

    @property
    def records(self) -> list[str]:
        """What its mutations are about: model, environment and record of each."""
        inputs = [
            value_from_ast_untyped(argument.value, self.variables)
            for field in _fields(self.operation.selection_set, self._fragments())
            for argument in field.arguments or ()
            if argument.name.value == "input"
        ]
        parts = ("modelId", "modelEnvironment", "recordId")
        return [" ".join(str(i.get(p)) for p in parts) for i in inputs if isinstance(i, dict)]

    def cost(self) -> int:
        """Arize's complexity: each node and each field of a node counts 1.

        arize.com/docs/ax/graphql-reference/overview/resource-limitations
        """
        fragments = self._fragments()

        def cost(selections: SelectionSetNode | None) -> int:
            return sum(1 + cost(field.selection_set) for field in _fields(selections, fragments))

        return cost(self.operation.selection_set)

    def _fragments(self) -> dict[str, FragmentDefinitionNode]:
        definitions = self.document.definitions
        return {n.name.value: n for n in definitions if isinstance(n, FragmentDefinitionNode)}


def read(call: Call) -> Request:
    """The request in a POST; raises GraphQLError where there is none."""
    try:
        body = call.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise bad_input("The body is not JSON") from None
    if not isinstance(body, dict):
        raise bad_input("The body is not one JSON object")
    text, name, variables = body.get("query"), body.get("operationName"), body.get("variables")
    if not isinstance(text, str) or not isinstance(name, str | None):
        raise bad_input("The body has no text in query, or no name in operationName")
    if variables is not None and not isinstance(variables, dict):
        raise bad_input("variables is not a JSON object")
    document = _parsed(text)
    return Request(text, document, _operation(document, name), {**(variables or {})})


def bad_input(message: str) -> GraphQLError:
    """An error that the client is to blame for."""
    return GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})


@lru_cache(256)
def _parsed(text: str) -> DocumentNode:
    try:
        return parse(text)
    except GraphQLError as error:
        error.extensions = {"code": "GRAPHQL_PARSE_FAILED"}
        raise


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [n for n in document.definitions if isinstance(n, OperationDefinitionNode)]
    asked = [o for o in operations if name is None or (o.name and o.name.value == name)]
    if len(asked) != 1:
        raise bad_input("operationName does not say which operation to run")
    return asked[0]


def _fields(
    selections: SelectionSetNode | None, fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[FieldNode]:
    """The fields of a selection, also by way of fragments; one inside itself is left out."""
    for node in selections.selections if selections else ():
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(node.selection_set, fragments)
        elif isinstance(node, FragmentSpreadNode) and node.name.value in fragments:
            others = {name: f for name, f in fragments.items() if name != node.name.value}
            yield from _fields(fragments[node.name.value].selection_set, others)
