from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files

import pytest
from graphql import GraphQLSchema, build_schema, print_ast, validate
from graphql.execution import get_variable_values
from graphql.language import OperationDefinitionNode

from sheets_sync.arize.mutation import mutation, unsendable
from sheets_sync.domain.annotation import MetricValue
from sheets_sync.domain.delivery import Dialect, Post

MakePost = Callable[..., Post]

LABEL = MetricValue("Adequacy", "label", "Satisfactory", "ann@example.com", "Q29uZmlnOjE=")
ZERO = MetricValue("Helpfulness", "score", 0.0, None, "Q29uZmlnOjI=")
TEXT = MetricValue("Free words", "text", "Reads well", None, "Q29uZmlnOjM=")


def _schema(dialect: Dialect) -> GraphQLSchema:
    return build_schema(
        files("sheets_sync.sandbox").joinpath("schemas", f"{dialect}.graphql").read_text("utf-8")
    )


@pytest.mark.parametrize("dialect", ["seed", "config"])
@pytest.mark.parametrize("rows", [1, 3, 10])
def test_fits_the_schema_of_its_dialect(dialect: Dialect, rows: int, make_post: MakePost) -> None:
    """The document validates, and the variables coerce, for any number of rows."""
    posts = [
        make_post(f"attempt-{index}", LABEL, ZERO, note="Seen", with_note=index == 0)
        for index in range(rows)
    ]
    request = mutation(posts, dialect)
    schema = _schema(dialect)

    assert validate(schema, request.document) == []
    (operation,) = request.document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert not isinstance(
        get_variable_values(
            schema, operation.variable_definitions or (), request.variable_values or {}
        ),
        list,
    )
    aliases = [
        line.split(":")[0].strip()
        for line in print_ast(request.document).splitlines()
        if ": updateAnnotations(" in line
    ]
    assert aliases == [f"m{index}" for index in range(rows)]


@pytest.mark.parametrize("dialect", ["seed", "config"])
def test_does_not_fit_the_schema_of_the_other_dialect(
    dialect: Dialect, make_post: MakePost
) -> None:
    """Either the document or its variables betray a wrong dialect."""
    other: Dialect = "config" if dialect == "seed" else "seed"
    request = mutation([make_post("attempt-0", LABEL)], dialect)
    (operation,) = request.document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    coerced = get_variable_values(
        _schema(other), operation.variable_definitions or (), request.variable_values or {}
    )
    assert validate(_schema(other), request.document) or isinstance(coerced, list)


def test_sends_all_metrics_of_a_row_in_one_seed_mutation(make_post: MakePost) -> None:
    """Label xor score under its type, a zero kept, an annotator left out where there is none."""
    request = mutation([make_post("attempt-7", LABEL, ZERO)], "seed")
    assert request.variable_values == {
        "i0": {
            "modelId": "TW9kZWw6MToxMjM0",
            "modelEnvironment": "tracing",
            "recordId": "e351b661b957e727",
            "startTime": "2026-11-24T09:15:30Z",
            "clientMutationId": "attempt-7",
            "annotations": [
                {
                    "name": "Adequacy",
                    "annotationType": "label",
                    "label": "Satisfactory",
                    "updatedBy": "ann@example.com",
                },
                {"name": "Helpfulness", "annotationType": "score", "score": 0.0},
            ],
        }
    }


def test_puts_each_metric_under_its_config_in_the_config_dialect(make_post: MakePost) -> None:
    """Each annotation travels beside the id of its annotation config, texts too."""
    values = mutation([make_post("attempt-0", ZERO, TEXT)], "config").variable_values
    assert values is not None
    assert values["i0"]["annotationUpdates"] == [
        {
            "annotationConfigId": "Q29uZmlnOjI=",
            "annotation": {"name": "Helpfulness", "annotationType": "score", "score": 0.0},
        },
        {
            "annotationConfigId": "Q29uZmlnOjM=",
            "annotation": {"name": "Free words", "annotationType": "text", "text": "Reads well"},
        },
    ]
    assert "annotations" not in values["i0"]


@pytest.mark.parametrize(
    ("note", "with_note", "sent"),
    [
        ("Seen", True, {"text": "Seen"}),
        ("Seen", False, None),
        (None, True, None),
        ("", True, {"text": ""}),
    ],
)
def test_sends_a_note_only_when_asked(
    *, note: str | None, with_note: bool, sent: dict[str, str] | None, make_post: MakePost
) -> None:
    """Arize may append notes, so one goes out only where the post says so."""
    values = mutation([make_post("a", LABEL, note=note, with_note=with_note)], "seed")
    assert values.variable_values is not None
    assert values.variable_values["i0"].get("note") == sent
    assert ("note" in values.variable_values["i0"]) is (sent is not None)


@pytest.mark.parametrize(
    ("metric", "dialect", "reason"),
    [
        (LABEL, "seed", None),
        (LABEL, "config", None),
        (TEXT, "config", None),
        (TEXT, "seed", "Free words is a text, which the seed dialect lacks: set dialect: config"),
        (
            MetricValue("Tone", "label", "Kind"),
            "config",
            "Tone has no config_id, which the config dialect needs: add it",
        ),
        (
            MetricValue("Tone", "score", float("nan")),
            "seed",
            "Tone is nan, not a number: correct the cell",
        ),
    ],
)
def test_says_what_a_dialect_cannot_carry(
    metric: MetricValue, dialect: Dialect, reason: str | None, make_post: MakePost
) -> None:
    """A row that cannot be sent is known before it is, with the cure."""
    assert unsendable(make_post("a", metric), dialect) == reason
