"""Where a text of a row comes from: a column, a part of one, or several put together."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Discriminator, Tag

from sheets_sync.domain.forms import (
    PLACEHOLDER,
    ColumnLetters,
    Entry,
    IdTemplate,
    Regex,
    Text,
    form_of,
)


class Letter(Entry):
    """A column by its letter, for headers that are blank or stand twice."""

    letter: ColumnLetters
    """The letter above the column, as in A or AB."""

    def __str__(self) -> str:
        return f"column {self.letter}"


TextForm: TypeAlias = Annotated[Text, Tag("form:text")]
LetterForm: TypeAlias = Annotated[Letter, Tag("form:Letter")]

Column: TypeAlias = Annotated[
    TextForm | LetterForm,
    Discriminator(
        form_of(Letter),
        custom_error_type="forms",
        custom_error_message="write the column's header, or {letter: A}",
    ),
]


class Pattern(Entry):
    """A part of a column's text: the pattern's first group, or all that it matches."""

    column: Column
    """The column that holds the text."""
    pattern: Regex
    """The regular expression, as in 'selectedSpanId=([0-9a-f]+)'; its first group is taken."""


class Template(Entry):
    """Text with columns in braces, as in `{Item ID}-{Model}`."""

    template: IdTemplate
    """The text, with headers in braces, as in '{Item ID}-{Model}'."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The headers it names, in order."""
        return placeholders(self.template)


Source: TypeAlias = Annotated[
    TextForm
    | LetterForm
    | Annotated[Pattern, Tag("form:Pattern")]
    | Annotated[Template, Tag("form:Template")],
    Discriminator(
        form_of(Letter, Pattern, Template),
        custom_error_type="forms",
        custom_error_message=(
            "write the column's header, {letter: A}, {column: Link, pattern: 'id=(.+)'} "
            "or {template: '{Item ID}-{Model}'}"
        ),
    ),
]
"""Where a text of a row comes from."""


def placeholders(template: str) -> tuple[str, ...]:
    """The headers that a template names in braces."""
    return tuple(PLACEHOLDER.findall(template))


def columns_of(source: Source) -> tuple[Column, ...]:
    """The columns that a source reads, in their order."""
    match source:
        case Pattern():
            return (source.column,)
        case Template():
            return source.columns
        case _:
            return (source,)
