from __future__ import annotations

from pathlib import Path

import pytest
import requests
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.requests import RequestsHTTPTransport
from graphql import build_schema, print_schema, validate_schema
from pydantic import JsonValue

import sheets_sync.sandbox
from sheets_sync.sandbox.server import Sandbox
from tests.sandbox.graphql_client import (
    CONFIG_UPDATE,
    GOOD,
    MODEL,
    SEED_UPDATE,
    START,
    Arize,
    config_input,
    seed_input,
)
from tests.sandbox.replay import SHARED
from tests.sandbox_client import Control


@pytest.fixture(autouse=True)
def _spans(control: Control) -> None:
    """Two records that Arize knows."""
    control.add_spans(MODEL, ["r1", "r2"], START)


@pytest.fixture
def arize(sandbox: Sandbox) -> Arize:
    """A client of the GraphQL endpoint."""
    return Arize(sandbox.contact.arize_graphql)


@pytest.mark.parametrize("dialect", ["seed", "config"])
def test_the_schema_is_the_contract(arize: Arize, control: Control, dialect: str) -> None:
    """Introspection, as gql does it, gives back the contract's schema, which is valid."""
    control.set(dialect=dialect)
    folder = Path(sheets_sync.sandbox.__file__).parent / "schemas"
    contract = build_schema((folder / f"{dialect}.graphql").read_text("utf-8"))
    assert validate_schema(contract) == []
    transport = RequestsHTTPTransport(arize.url, headers={"x-api-key": "k"})
    with Client(transport=transport, fetch_schema_from_transport=True) as session:
        assert session.client.schema is not None
        assert print_schema(session.client.schema) == print_schema(contract)


@pytest.mark.parametrize("dialect", ["seed", "config"])
def test_the_schema_files_are_those_of_the_contract(dialect: str) -> None:
    """Not a line of a schema is of our own making, where the contract is at hand to compare."""
    contract = SHARED / "contract" / f"arize-{dialect}.graphql"
    if not contract.exists():
        pytest.skip(f"no contract at {contract}")
    ours = Path(sheets_sync.sandbox.__file__).parent / "schemas" / f"{dialect}.graphql"
    assert ours.read_bytes() == contract.read_bytes()


def test_the_mutation_is_an_upsert(arize: Arize, control: Control) -> None:
    """The same name on the same record is overwritten, and what is left out stays."""
    arize.update()
    answer = arize.update(
        annotations=[{"name": "Adequacy", "label": "Bad", "annotationType": "label"}]
    )
    assert answer.json() == {"data": {"updateAnnotations": {"clientMutationId": "m1"}}}
    arize.update(annotations=[{"name": "Helpfulness", "score": 4, "annotationType": "score"}])
    adequacy, helpfulness = control.annotations()
    assert (adequacy.label, adequacy.score, adequacy.updated_by) == ("Bad", None, "ann")
    assert (adequacy.record_id, adequacy.model_id, adequacy.writes) == ("r1", MODEL, 2)
    assert (helpfulness.label, helpfulness.score, helpfulness.writes) == (None, 4, 1)


def test_a_single_object_stands_for_a_list(arize: Arize, control: Control) -> None:
    """GraphQL's input coercion: the seed page's sample sends one annotation without a list."""
    arize.update(annotations={**GOOD})
    assert [a.label for a in control.annotations()] == ["Good"]


def test_a_record_of_another_environment_is_another(arize: Arize, control: Control) -> None:
    """Model, environment and record make a record what it is."""
    control.add_spans(MODEL, ["r1"], START, environment="production")
    arize.update()
    arize.update(modelEnvironment="production")
    assert [a.model_environment for a in control.annotations()] == ["tracing", "production"]


@pytest.mark.parametrize(
    ("start_time", "found"),
    [
        ("2026-11-20T09:00:00Z", True),
        ("2026-11-20T10:00:00+01:00", True),
        ("2026-11-19T09:00:00Z", True),
        ("2026-11-19T08:59:59Z", False),
        ("2026-11-20T09:00:00.001Z", False),
    ],
)
def test_the_lookup_reaches_24_hours(
    arize: Arize,
    control: Control,
    start_time: str,
    found: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """A startTime may lie up to 24 hours before the record's start, and never behind it."""
    arize.update(startTime=start_time)
    assert bool(control.annotations()) is found


@pytest.mark.parametrize("dialect", ["seed", "config"])
def test_an_unknown_record_as_an_error(arize: Arize, control: Control, dialect: str) -> None:
    """`not_found: error`: the field is null and an error has its path."""
    control.set(not_found="error", dialect=dialect)
    query = SEED_UPDATE.replace("updateAnnotations(", "m0: updateAnnotations(")
    given = config_input() if dialect == "config" else seed_input()
    answer = arize.ask(query, {"input": {**given, "recordId": "r9"}})
    assert answer.status_code == 200
    (error,) = answer.json()["errors"]
    assert (error["path"], error["message"]) == (["m0"], "Record r9 was not found")
    assert answer.json()["data"] == {"m0": None}


def test_an_unknown_record_as_a_union(arize: Arize, control: Control) -> None:
    """`not_found: union`: the config dialect says so inside data, without errors."""
    control.set(dialect="config")
    answer = arize.ask(CONFIG_UPDATE, {"input": {**config_input(), "recordId": "r9"}})
    assert answer.json() == {
        "data": {
            "updateAnnotations": {
                "clientMutationId": "m1",
                "result": {
                    "__typename": "UpdateAnnotationError",
                    "message": "Record r9 was not found",
                },
            }
        }
    }


def test_an_unknown_record_in_silence(arize: Arize, control: Control) -> None:
    """`not_found: silent`: success is answered and nothing kept."""
    control.set(not_found="silent")
    answer = arize.update(recordId="r9")
    assert answer.json() == {"data": {"updateAnnotations": {"clientMutationId": "m1"}}}
    assert (control.annotations(), control.mutations()) == ([], [])


def test_the_seed_dialect_has_no_union(arize: Arize) -> None:
    """Where the schema has no union, an unknown record is an error."""
    (error,) = arize.update(recordId="r9").json()["errors"]
    assert error["path"] == ["updateAnnotations"]


def test_any_record_can_be_let_in(arize: Arize, control: Control) -> None:
    """`any_record` spares posting spans; every model is known then."""
    control.set(any_record=True)
    arize.update(recordId="r9", modelId="other")
    assert [a.record_id for a in control.annotations()] == ["r9"]
    assert arize.ask('{ node(id: "other") { id } }').json() == {"data": {"node": {"id": "other"}}}


def test_the_config_dialect(arize: Arize, control: Control) -> None:
    """Annotations come under their config's id, text is a third kind, success is a member."""
    control.set(dialect="config")
    text = {"name": "Words", "text": "too long", "annotationType": "text"}
    answer = arize.ask(CONFIG_UPDATE, {"input": config_input(**text)})
    result = answer.json()["data"]["updateAnnotations"]["result"]
    assert result == {"__typename": "UpdateAnnotationSuccess", "success": True}
    assert [(a.name, a.text) for a in control.annotations()] == [("Words", "too long")]
    assert control.mutations()[0].annotations[0].config_id == "c1"


@pytest.mark.parametrize("dialect", ["seed", "config"])
def test_the_other_dialect_does_not_validate(arize: Arize, control: Control, dialect: str) -> None:
    """What one schema has, the other refuses: in the variables and in the selection."""
    control.set(dialect=dialect)
    other = seed_input() if dialect == "config" else config_input()
    answer = arize.ask(SEED_UPDATE, {"input": other})
    assert answer.status_code == 400
    assert {e["extensions"]["code"] for e in answer.json()["errors"]} == {"BAD_USER_INPUT"}
    if dialect == "seed":
        answer = arize.ask(CONFIG_UPDATE, {"input": seed_input()})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        ({"label": "Good", "score": 1, "annotationType": "label"}, "label and score"),
        ({"label": "Good", "score": 1, "annotationType": "score"}, "label and score"),
        ({"score": 1, "annotationType": "label"}, "annotationType label needs a label"),
        ({"label": "Good", "annotationType": "score"}, "annotationType score needs a score"),
        ({"annotationType": "label"}, "annotationType label needs a label"),
        ({"label": "", "annotationType": "label"}, "at least 1 character"),
        ({"label": "x" * 101, "annotationType": "label"}, "at most 100 characters"),
        ({"label": "x", "annotationType": "label", "updatedBy": "x" * 101}, "updatedBy"),
        ({"label": "x", "annotationType": "label", "name": ""}, "name"),
    ],
)
def test_a_wrong_annotation_is_an_error_with_a_path(
    arize: Arize, control: Control, annotation: dict[str, JsonValue], words: str
) -> None:
    """Label xor score as annotationType says, and the lengths of Arize's SDK."""
    answer = arize.update(annotations=[{"name": "A", **annotation}])
    (error,) = answer.json()["errors"]
    assert answer.status_code == 200
    assert (error["path"], error["extensions"]["code"]) == (
        ["updateAnnotations"],
        "BAD_USER_INPUT",
    )
    assert words in error["message"]
    assert control.annotations() == []


@pytest.mark.parametrize(
    ("field", "value"), [("note", {"text": "x" * 10_001}), ("text", "x" * 10_001)]
)
def test_long_texts_are_refused(
    arize: Arize, control: Control, field: str, value: JsonValue
) -> None:
    """A note and a text hold 10,000 characters at most."""
    control.set(dialect="config")
    if field == "note":
        given = {**config_input(), "note": value}
    else:
        given = config_input(name="A", text=value, annotationType="text")
    (error,) = arize.ask(CONFIG_UPDATE, {"input": given}).json()["errors"]
    assert "at most 10000 characters" in error["message"]


@pytest.mark.parametrize("value", ["yesterday", "2026-11-20T09:00:00", 1_700_000_000])
def test_a_start_time_needs_a_date_and_a_zone(arize: Arize, value: JsonValue) -> None:
    """A DateTime is ISO 8601 with a zone; anything else is refused before the mutation runs."""
    answer = arize.update(startTime=value)
    assert answer.status_code == 400
    assert "DateTime cannot represent" in answer.json()["errors"][0]["message"]


def test_an_infinite_score_is_refused(sandbox: Sandbox, control: Control) -> None:
    """A score is a finite number."""
    query = SEED_UPDATE.replace("$input", "$i").replace("input: $i)", "input: $i)")
    given = '{"name": "A", "score": 1e999, "annotationType": "score"}'
    body = (
        f'{{"query": "{query}", "variables": {{"i": {{"modelId": "{MODEL}", "recordId": "r1", '
        f'"modelEnvironment": "tracing", "startTime": "{START}", "annotations": [{given}]}}}}}}'
    )
    answer = requests.post(
        sandbox.contact.arize_graphql, body, headers={"x-api-key": "k"}, timeout=5
    )
    assert answer.status_code == 400
    assert "non numeric value" in answer.json()["errors"][0]["message"]
    assert control.annotations() == []


@pytest.mark.parametrize(
    ("setting", "kept"), [("append", ["first", "second"]), ("overwrite", ["second"])]
)
def test_notes_append_or_overwrite(
    arize: Arize, control: Control, setting: str, kept: list[str]
) -> None:
    """What a second note does is not documented, so both can be had."""
    control.set(notes=setting)
    arize.update(note={"text": "first"})
    arize.update()
    arize.update(note={"text": "second"})
    assert control.annotations()[0].notes == kept


def test_mutations_run_in_order_and_fail_alone(sandbox: Sandbox, control: Control) -> None:
    """Of several mutations in one document each has its alias as its path, as gql sees it."""
    names = ["a", "b", "c"]
    document = gql(
        f"mutation Batch({', '.join(f'${n}: UpdateAnnotationsInput!' for n in names)}) {{"
        + "".join(f"{n}: updateAnnotations(input: ${n}) {{ clientMutationId }} " for n in names)
        + "}"
    )
    document.variable_values = {
        "a": seed_input(clientMutationId="first"),
        "b": seed_input(recordId="r9"),
        "c": seed_input(recordId="r2", clientMutationId="third"),
    }
    transport = RequestsHTTPTransport(sandbox.contact.arize_graphql, headers={"x-api-key": "k"})
    with Client(transport=transport) as session, pytest.raises(TransportQueryError) as raised:
        session.execute(document)
    assert raised.value.data == {
        "a": {"clientMutationId": "first"},
        "b": None,
        "c": {"clientMutationId": "third"},
    }
    assert [error["path"] for error in raised.value.errors or []] == [["b"]]
    assert [m.client_mutation_id for m in control.mutations()] == ["first", "third"]
    calls = control.calls().arize
    assert (calls.requests, calls.mutations, calls.operations) == (1, 3, {"Batch": 1})


def test_what_can_be_asked(arize: Arize) -> None:
    """The viewer, a model that has spans, one that has none, and the cost of the question."""
    answer = arize.ask(
        "query($id: ID!) { viewer { user { name } } node(id: $id) { __typename id "
        '... on Model { name } } none: node(id: "x") { id } rateLimit { limit cost } }',
        {"id": MODEL},
    )
    assert answer.json() == {
        "data": {
            "viewer": {"user": {"name": "Sandbox"}},
            "node": {"__typename": "Model", "id": MODEL, "name": "sandbox-model"},
            "none": None,
            "rateLimit": {"limit": 1000, "cost": 12},
        }
    }


def test_a_key_is_needed(arize: Arize, control: Control) -> None:
    """Without x-api-key nothing is answered; any key is good."""
    answer = arize.ask("{ __typename }", key=None)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert arize.ask("{ __typename }", key="any").ok
    assert control.calls().arize.requests == 2


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", "BAD_USER_INPUT"),
        ("[]", "BAD_USER_INPUT"),
        ('{"query": 1}', "BAD_USER_INPUT"),
        ('{"query": "{ __typename }", "variables": []}', "BAD_USER_INPUT"),
        ('{"query": "{ __typename }", "operationName": "X"}', "BAD_USER_INPUT"),
        ('{"query": "{"}', "GRAPHQL_PARSE_FAILED"),
        ('{"query": "{ nothing }"}', "GRAPHQL_VALIDATION_FAILED"),
        ('{"query": "query { ...F } fragment F on Query { ...F }"}', "GRAPHQL_VALIDATION_FAILED"),
    ],
)
def test_a_bad_request_is_refused(sandbox: Sandbox, body: str, code: str) -> None:
    """What is no GraphQL request, or none of this schema, is answered 400 with a code."""
    answer = requests.post(
        sandbox.contact.arize_graphql, body, headers={"x-api-key": "k"}, timeout=5
    )
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == code
