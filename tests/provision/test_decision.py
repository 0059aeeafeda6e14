from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from sheets_sync.domain.fittings import (
    AddColumn,
    Colour,
    ColumnFittings,
    Fittings,
    Freeze,
    Mark,
    Protect,
    Protection,
    Recolour,
    Rule,
    SetNote,
    SetRule,
)
from sheets_sync.domain.mapping import Mapping
from sheets_sync.domain.provision import SHADES, provision
from sheets_sync.domain.removal import removal
from sheets_sync.domain.row import Tab
from sheets_sync.errors import SourceError
from tests.docs.pages import page
from tests.domain.mappings import review_mapping

HEADERS = ("Span ID", "Started", "Reviewer", "Comment", "Adequacy", "Helpfulness", "Done")


def fittings(*headers: str, **changes: Any) -> Fittings:
    """A tab with these headers and nothing else."""
    columns = tuple(map(ColumnFittings, headers))
    bare = Fittings(Tab("1AbC", 7, "Review"), 1, columns, grid_columns=26)
    return replace(bare, **changes)


def changes(found: Fittings, *mappings: Mapping) -> list[object]:
    """All changes that provisioning makes."""
    return [step.change for step in provision(found, mappings, ["sync@example.com"]).steps]


def rule(source: dict[str, Any]) -> Rule | None:
    """The rule of the only metric's column."""
    mapping = review_mapping(annotations=[{"name": "Metric", **source}], when=None)
    found = changes(fittings(*HEADERS), mapping)
    rules = [change.rule for change in found if isinstance(change, SetRule)]
    return rules[0] if rules else None


def test_every_status_has_its_colour() -> None:
    """Each text on the experts' page; the first shade that it meets counts."""

    def colour(text: str) -> str:
        for shade in SHADES:
            (wanted,) = shade.values or ("",)
            if text == wanted or (shade.condition != "TEXT_EQ" and text.startswith(wanted)):
                return names[shade.rgb]
        return ""

    shades = dict.fromkeys(shade.rgb for shade in SHADES)
    names = dict(zip(shades, ("green", "grey", "red", "amber"), strict=True))
    texts = re.findall(r"^\| `(.+?)` \|", page("docs/experts.md"), re.MULTILINE)
    found = {name: {t for t in texts if colour(t) == name} for name in names.values()}

    assert {text.split()[0] for text in found["green"]} == {"Synced"}
    assert {text.split()[0] for text in found["grey"]} == {"Queued", "Edited,", "On", "Cleared"}
    assert {text.split()[0] for text in found["red"]} == {"Arize:", "Arize"}
    assert {text.split()[0].rstrip(":") for text in found["amber"]} == {
        *("Same", "Also", "Adequacy", "Helpfulness", "Span", "Started")
    }


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"min": 1, "max": 5}, ("NUMBER_BETWEEN", ("1", "5"))),
        ({"min": 0.1}, ("NUMBER_GREATER_THAN_EQ", ("=1/10",))),
        ({"max": -0.5}, ("NUMBER_LESS_THAN_EQ", ("=-1/2",))),
        ({}, None),
    ],
)
def test_a_score_has_the_range_of_its_mapping(
    source: dict[str, Any], expected: tuple[str, tuple[str, ...]] | None
) -> None:
    """A fraction is a formula, since 0.5 is no number where decimals have a comma."""
    found = rule({"score": {"column": "Helpfulness", **source}})
    assert (found and (found.condition, found.values)) == expected


def test_words_are_refused_only_where_the_program_takes_no_others() -> None:
    """Aliases may be typed, and what begins a formula can be no word of a list."""
    values = ["Yes", "No"]
    strict = rule({"label": {"column": "Adequacy", "values": values}})
    lenient = rule({"label": {"column": "Adequacy", "values": values, "aliases": {"y": "Yes"}}})

    assert strict is not None
    assert lenient is not None
    assert (strict.strict, lenient.strict) == (True, False)
    assert rule({"label": {"column": "Adequacy"}}) is None
    assert rule({"label": {"column": "Adequacy", "values": ["+1", "-1"]}}) is None


def test_a_condition_that_is_no_tick_gets_no_checkbox() -> None:
    """Only true and false are ticks."""
    mapping = review_mapping(
        when={"column": "Done", "equals": "yes"},
        annotations=[{"name": "Adequacy", "label": {"column": "Adequacy"}}],
    )
    found = changes(fittings(*HEADERS), mapping)
    notes = [change.text for change in found if isinstance(change, SetNote) and change.index == 6]

    assert not any(isinstance(change, SetRule) for change in found)
    assert notes[0].startswith('The row is sent once "yes" stands here.')


def test_an_account_without_an_address_protects_nothing() -> None:
    """It would lock itself out; the words say so."""
    found = provision(fittings(*HEADERS), [review_mapping()], [])

    assert not any(isinstance(step.change, Protect) for step in found.steps)
    (said,) = found.left
    assert said.startswith('column H "Sync status" is not protected: the credentials do not tell')


def test_a_protection_of_others_is_left() -> None:
    """Whether or not the account may edit what it protects; only where not, it says whom to let."""
    kept_out = Protection(5, 7, "Hands off", is_editable=False)
    said: list[str] = []
    for protection in (kept_out, replace(kept_out, is_editable=True)):
        tab = fittings(*HEADERS, "Sync status", protections=(protection,))
        found = provision(tab, [review_mapping()], ["sync@example.com"])
        assert not any(isinstance(step.change, Protect) for step in found.steps)
        assert removal(tab, [review_mapping()]).steps == ()
        said += found.left

    assert "let sync@example.com edit it in Data, Protect sheets and ranges" in said[0]
    assert said[1:] == ['column H "Sync status" is protected already, left as it is']


def test_colours_that_are_out_of_order_are_made_anew_after_the_experts_own() -> None:
    """The first that a cell meets counts, so order matters; what the experts made comes first."""
    amber, green = SHADES[-1], SHADES[0]
    colours = tuple(
        Colour(place, 7, 1, shade.condition, shade.values)
        for place, shade in ((1, amber), (3, green))
    )
    tab = fittings(*HEADERS, "Sync status", colours=colours, colour_count=4)
    (found,) = (c for c in changes(tab, review_mapping()) if isinstance(c, Recolour))

    assert found == Recolour((1, 3), 4, (7,), SHADES)


def test_columns_named_by_letter_stay_where_they_are() -> None:
    """New columns come right of them, even where nothing stands there yet."""
    mapping = review_mapping(note={"letter": "J"})
    found = changes(fittings(*HEADERS[:3], "Sync status"), mapping)
    added = [(change.index, change.header) for change in found if isinstance(change, AddColumn)]

    assert added == [(10, "Adequacy"), (11, "Helpfulness"), (12, "Done")]
    assert [c for c in found if isinstance(c, SetNote) and c.index == 9]


def test_headers_that_stand_twice_are_refused() -> None:
    """Which of them is meant only a person can say."""
    with pytest.raises(SourceError, match="'Done' stands in G and H; name one by letter"):
        provision(fittings(*HEADERS, "Done"), [review_mapping()], [])


def test_more_rows_may_be_frozen_than_needed() -> None:
    """Fewer may not."""
    wanted = [
        [
            c.rows
            for c in changes(fittings(*HEADERS, frozen_rows=n), review_mapping())
            if isinstance(c, Freeze)
        ]
        for n in (0, 1, 2)
    ]
    assert wanted == [[1], [], []]


def test_what_is_not_ours_is_never_taken_away() -> None:
    """Notes, rules, formats, protections and colours of people, though ours were there as well."""
    ours = Rule("BOOLEAN", message="Tick or untick (sheets-sync)")
    columns = (
        ColumnFittings("Span ID", "mine", frozenset({ours, Rule("BOOLEAN")})),
        ColumnFittings("Started", formats=frozenset({"DATE"}), mark=Mark(9, "plain text")),
        ColumnFittings("Sync status", rules=frozenset({Rule("BOOLEAN"), None})),
    )
    tab = replace(
        fittings(frozen_rows=2),
        columns=columns,
        protections=(Protection(5, 2, "Hands off", is_editable=True),),
        colours=(Colour(0, 2, 1, "BLANK", ()), Colour(1, 0, 1, "NOT_BLANK", ())),
        mark=Mark(8, "0"),
    )
    found = removal(tab, [review_mapping()])

    assert found.steps == ()
    assert found.left == (
        'column A "Span ID" has rules of its own beside ours, all left as they are',
        'column B "Started" has a number format of its own by now, left as it is',
    )


def test_a_constant_needs_no_column() -> None:
    """Neither a header nor a dropdown is made for it."""
    judged = {"name": "Adequacy", "label": {"column": "Adequacy", "values": ["Good"]}}
    constants = [
        {"name": "State", "label": {"constant": "Reviewed"}},
        {"name": "Rounds", "score": {"constant": 1}},
    ]
    with_constants = review_mapping(annotations=[judged, *constants])
    without = review_mapping(annotations=[judged])
    assert changes(fittings(), with_constants) == changes(fittings(), without)
