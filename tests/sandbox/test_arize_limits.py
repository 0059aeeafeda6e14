from __future__ import annotations

import pytest

from sheets_sync.sandbox.server import Sandbox
from tests.sandbox.graphql_client import MODEL, START, Arize, seed_input
from tests.sandbox_client import Control


@pytest.fixture(autouse=True)
def _spans(control: Control) -> None:
    """Two records that Arize knows."""
    control.add_spans(MODEL, ["r1", "r2"], START)


@pytest.fixture
def arize(sandbox: Sandbox) -> Arize:
    """A client of the GraphQL endpoint."""
    return Arize(sandbox.contact.arize_graphql)


def test_100_requests_a_minute(arize: Arize, control: Control) -> None:
    """The 101st request within a minute is refused; as the window slides on, it is let in."""
    answers = [arize.ask("{ __typename }").status_code for _ in range(60)]
    control.advance(30)
    answers += [arize.ask("{ __typename }").status_code for _ in range(40)]
    assert set(answers) == {200}
    refused = arize.ask("{ __typename }")
    assert refused.status_code == 429
    (error,) = refused.json()["errors"]
    assert error["extensions"]["code"] == "TOO_MANY_REQUESTS"
    assert "TOO_MANY_REQUESTS" in error["message"]
    assert arize.ask("{ __typename }", key="another").ok
    control.advance(25)
    assert arize.ask("{ __typename }").status_code == 429
    control.advance(6)
    assert [arize.ask("{ __typename }").status_code for _ in range(61)] == [200] * 60 + [429]


def test_300_mutations_a_minute(arize: Arize, control: Control) -> None:
    """Each alias counts, and a request that would exceed the limit changes nothing."""
    aliases = " ".join(
        f"m{n}: updateAnnotations(input: $input) {{ clientMutationId }}" for n in range(100)
    )
    hundred = f"mutation($input: UpdateAnnotationsInput!) {{ {aliases} }}"
    answers = [arize.ask(hundred, {"input": seed_input()}).status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]
    assert arize.update().status_code == 429
    assert arize.ask("{ __typename }").ok
    assert len(control.mutations()) == 300
    control.advance(61)
    assert arize.update().ok


def test_complexity_is_limited(arize: Arize, control: Control) -> None:
    """A request that costs more than 1,000 is refused, by fragments too; limits can be off."""
    nodes = " ".join(f'n{n}: node(id: "x") {{ ...F }}' for n in range(500))
    query = f"query {{ {nodes} }} fragment F on Node {{ id __typename }}"
    answer = arize.ask(query)
    assert answer.status_code == 400
    assert "Complexity 1500 is over the limit of 1000" in answer.json()["errors"][0]["message"]
    control.set(quotas={"arize_complexity": None})
    assert arize.ask(query).ok
