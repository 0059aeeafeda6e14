"""A plain client of the sandbox's GraphQL, which lets wrong requests through."""

from __future__ import annotations

import requests
from pydantic import JsonValue

MODEL = "TW9kZWw6MTphYmNk"
START = "2026-11-20T09:00:00Z"
SEED = "mutation Update($input: UpdateAnnotationsInput!) { updateAnnotations(input: $input) %s }"
SEED_UPDATE = SEED % "{ clientMutationId }"
CONFIG_UPDATE = SEED % (
    "{ clientMutationId result { __typename ... on UpdateAnnotationSuccess { success } "
    "... on UpdateAnnotationError { message } } }"
)
GOOD = {"name": "Adequacy", "label": "Good", "annotationType": "label", "updatedBy": "ann"}


class Arize:
    """Posts GraphQL as it stands, so that wrong requests can be made too."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(
        self, query: str, variables: JsonValue = None, key: str | None = "k"
    ) -> requests.Response:
        """Post a document."""
        return requests.post(
            self.url,
            json={"query": query, "variables": variables},
            headers={} if key is None else {"x-api-key": key},
            timeout=10,
        )

    def update(self, query: str = SEED_UPDATE, **changes: JsonValue) -> requests.Response:
        """An update of r1, with changes to its input; None takes a field out."""
        return self.ask(query, {"input": seed_input(**changes)})


def seed_input(**changes: JsonValue) -> dict[str, JsonValue]:
    """A good input of the seed dialect with changes; None takes a field out."""
    usual: dict[str, JsonValue] = {
        "modelId": MODEL,
        "recordId": "r1",
        "modelEnvironment": "tracing",
        "startTime": START,
        "clientMutationId": "m1",
        "annotations": [{**GOOD}],
    }
    return {key: value for key, value in (usual | changes).items() if value is not None}


def config_input(**annotation: JsonValue) -> dict[str, JsonValue]:
    """A good input of the config dialect for one annotation."""
    update: JsonValue = {"annotationConfigId": "c1", "annotation": annotation or {**GOOD}}
    return seed_input(annotations=None, annotationUpdates=[update])
