"""One judgement of a row: which column becomes a label, a score or a text, and how."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator, model_validator

from sheets_sync.domain.columns import Column
from sheets_sync.domain.forms import Entry, Flag, NameTemplate, Number, Text, form_of

MetricKind: TypeAlias = Literal["label", "score", "text"]


class Label(Entry):
    """A metric that is one of some words."""

    column: Column
    """The column that holds the label."""
    values: Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    """The labels that may stand there, case aside; omitted: any."""
    aliases: dict[str, Text] = Field(default={})
    """What else may stand there, and which label it means."""

    @field_validator("values")
    @classmethod
    def _values_differ(cls, values: tuple[str, ...] | None) -> tuple[str, ...] | None:
        seen: dict[str, str] = {}
        for value in values or ():
            if value.casefold() in seen:
                other = seen[value.casefold()]
                raise ValueError(f"{other!r} and {value!r} are the same but for case; keep one")
            seen[value.casefold()] = value
        return values

    @field_validator("aliases")
    @classmethod
    def _aliases_lead_to_values(
        cls, aliases: dict[str, str], info: ValidationInfo
    ) -> dict[str, str]:
        values = info.data.get("values")
        for alias, value in aliases.items():
            if values and value not in values:
                raise ValueError(
                    f"{alias!r} leads to {value!r}, which is not one of {', '.join(values)}"
                )
        return aliases


class Linear(Entry):
    """A range that is laid over that of the score."""

    from_: Annotated[
        tuple[Number, ...],
        Field(alias="from", json_schema_extra={"minItems": 2, "maxItems": 2}),
    ]
    """What may stand in the cell, as in [0, 100]: its ends become `min` and `max`."""

    @field_validator("from_")
    @classmethod
    def _are_two_ends(cls, ends: tuple[float, ...]) -> tuple[float, ...]:
        if len(ends) != 2 or ends[0] >= ends[1]:
            raise ValueError("needs two numbers, the lower one first, as in [0, 100]")
        return ends


Scale: TypeAlias = Annotated[
    Annotated[Literal["percent", "stars"], Tag("form:text")]
    | Annotated[Linear, Tag("form:Linear")],
    Discriminator(
        form_of(Linear),
        custom_error_type="forms",
        custom_error_message="write percent, stars or {from: [0, 100]}",
    ),
]


class Score(Entry):
    """A metric that is a number. Both ends of the range belong to it."""

    column: Column
    """The column that holds the number."""
    min: Number | None = None
    """The lowest number that is accepted."""
    max: Number | None = None
    """The highest number that is accepted."""
    scale: Annotated[Scale | None, Field(exclude_if=lambda scale: scale is None)] = None
    """How the cell writes it, if not as the number itself: percent, stars or {from: [0, 100]}."""

    @field_validator("max")
    @classmethod
    def _range_is_not_empty(cls, highest: float | None, info: ValidationInfo) -> float | None:
        lowest = info.data.get("min")
        if lowest is not None and highest is not None and lowest > highest:
            raise ValueError(f"{highest:g} is below min {lowest:g}; exchange them")
        return highest

    @model_validator(mode="after")
    def _scale_has_ends(self) -> Score:
        ends = [end for end in (self.min, self.max) if end is not None]
        if isinstance(self.scale, Linear) and len(ends) < 2:
            raise ValueError("scale: from needs min and max, the range that it becomes")
        if self.scale == "percent" and len(ends) == 1:
            raise ValueError("scale: percent needs both min and max, or neither: then it is 0 to 1")
        return self

    @property
    def typed(self) -> tuple[float | None, float | None]:
        """The range of what stands in the cell; a percentage is its share of one."""
        match self.scale:
            case "percent":
                return 0.0, 1.0
            case Linear(from_=(lowest, highest)):
                return lowest, highest
            case _:
                return self.min, self.max

    @property
    def wanted(self) -> str:
        """What belongs into the cell, in words."""
        if self.scale == "percent":
            return "a percentage from 0% to 100%"
        lowest, highest = self.typed
        word = "stars or a number" if self.scale == "stars" else "a number"
        if lowest is not None and highest is not None:
            return f"{word} from {lowest:g} to {highest:g}"
        if lowest is not None:
            return f"{word} of at least {lowest:g}"
        return word if highest is None else f"{word} of at most {highest:g}"


class FreeText(Entry):
    """A metric in free words (config dialect only)."""

    column: Column
    """The column that holds the words."""


class FixedWord(Entry):
    """A label or a text that every row says which another metric makes due."""

    constant: Text
    """What each row says that says anything else; no column is read."""


class FixedScore(Entry):
    """A score that every row says which another metric makes due."""

    constant: Number
    """What each row says that says anything else; no column is read."""


def _source(read: type[Entry], fixed: type[Entry], example: str) -> Discriminator:
    return Discriminator(
        form_of(fixed, read),
        custom_error_type="forms",
        custom_error_message=f"write {example}",
    )


FixedForm: TypeAlias = Annotated[FixedWord, Tag("form:FixedWord")]
LabelSource: TypeAlias = Annotated[
    Annotated[Label, Tag("form:Label")] | FixedForm,
    _source(Label, FixedWord, "{column: Adequacy} or {constant: Reviewed}"),
]
ScoreSource: TypeAlias = Annotated[
    Annotated[Score, Tag("form:Score")] | Annotated[FixedScore, Tag("form:FixedScore")],
    _source(Score, FixedScore, "{column: Helpfulness} or {constant: 1}"),
]
TextSource: TypeAlias = Annotated[
    Annotated[FreeText, Tag("form:FreeText")] | FixedForm,
    _source(FreeText, FixedWord, "{column: Reason} or {constant: Reviewed}"),
]


class Metric(Entry):
    """One annotation name, and the column that becomes its label, its score or its text."""

    name: NameTemplate
    """The annotation's name at Arize; may hold columns in braces, as in 'Adequacy ({Reviewer})'."""
    label: LabelSource | None = None
    """A word: which column, which words; or one word for all rows."""
    score: ScoreSource | None = None
    """A number: which column, which range; or one number for all rows."""
    text: TextSource | None = None
    """Free words: which column. Only Arize's config dialect takes them."""
    required: Flag = False
    """Whether a row waits until this metric is filled in."""
    config_id: Text | None = None
    """The id of the annotation config at Arize, needed by the config dialect."""

    @model_validator(mode="after")
    def _has_one_source(self) -> Metric:
        given = [kind for kind in ("label", "score", "text") if getattr(self, kind) is not None]
        if not given:
            raise ValueError("says not what it becomes; give one of label, score, text")
        if len(given) > 1:
            raise ValueError(f"has {' and '.join(given)}; keep one, give the other its own entry")
        if self.required and self.column is None:
            raise ValueError("is a constant, for which no row can wait; remove required")
        return self

    @property
    def kind(self) -> MetricKind:
        """Which of label, score and text is given."""
        return "label" if self.label else "score" if self.score else "text"

    @property
    def column(self) -> Column | None:
        """The column that is read; None for a constant."""
        return None if isinstance(self.source, FixedWord | FixedScore) else self.source.column

    @property
    def source(self) -> Label | Score | FreeText | FixedWord | FixedScore:
        """The one of label, score and text that is given."""
        source = self.label or self.score or self.text
        assert source is not None  # noqa: S101 - the validator above has seen to it
        return source
