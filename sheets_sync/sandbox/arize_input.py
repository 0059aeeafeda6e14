"""The input of Arize's mutation in either dialect, and what Arize refuses about it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, model_validator
from pydantic.alias_generators import to_camel

from sheets_sync.sandbox.records import Change, Mutation, Place


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


class UpdateAnnotations(_Input):
    """All of the mutation's input; raises ValidationError for what Arize refuses."""

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
