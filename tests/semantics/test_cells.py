from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from sheets_sync.domain.annotation import Annotation
from sheets_sync.domain.columns import Column
from sheets_sync.domain.convert import Waiting
from sheets_sync.domain.mapping import Mapping
from tests.semantics.mappings import (
    BERLIN,
    GOOD,
    adequacy,
    converted,
    helpfulness,
    mapping,
    sent,
    status,
)
from tests.semantics.tables import Cell, Line, cell, each_line, plain

LISTED = ["None", "👍", "café", "1"]
PATTERN = {"column": "Link", "pattern": "selectedSpanId=([0-9a-f]*)"}
TEMPLATE = {"template": "{Item}-{Link}"}
NO_LOOKBACK = {"column": "Started", "lookback": "0s"}


def metric(name: str) -> Callable[[Annotation], Cell]:
    """The value that an annotation has under a name."""
    return lambda annotation: next(m.value for m in annotation.metrics if m.name == name)


def check(
    of: Mapping,
    changes: dict[Column, Cell],
    line: Line,
    value: Callable[[Annotation], Cell],
    zone: ZoneInfo = BERLIN,
) -> None:
    """Hold a line of a table against what the converter makes of the row."""
    found, _ = converted(of, changes, zone)
    assert status(found) == plain(line.get("Status", ""))
    if not line.get("Status"):
        got = value(sent(found))
        assert repr(got) == repr(cell(line["Arize gets"]))


def check_time(line: Line, start: dict[str, Any], zone: ZoneInfo = BERLIN) -> None:
    """Hold a line of a table of times against what the converter makes of it."""
    expected = {"Arize gets": f'"{plain(line["Arize gets"])}"', "Status": line.get("Status", "")}
    changes: dict[Column, Cell] = {"Started": cell(line["Started"])}
    check(mapping(start_time=start), changes, expected, lambda found: found.start_time, zone)


@each_line("cells", "Labels")
def test_a_label(line: Line) -> None:
    """Each label is one of the mapping's, or explained."""
    check(mapping(), {"Adequacy": cell(line["Adequacy"])}, line, metric("Adequacy"))


@each_line("cells", "Labels of any words")
def test_a_label_of_any_words(line: Line) -> None:
    """Words like None and marks like emoji are labels like others."""
    words = {"values": LISTED} if line["values"] == "listed" else {}
    of = mapping(annotations=[adequacy(**words)])
    check(of, {"Adequacy": cell(line["Adequacy"])}, line, metric("Adequacy"))


@each_line("cells", "Scores")
def test_a_score(line: Line) -> None:
    """Numbers and numbers typed as text, with point, comma and percent."""
    check(mapping(), {"Helpfulness": cell(line["Helpfulness"])}, line, metric("Helpfulness"))


@each_line("cells", "Ranges with one end or none")
def test_a_range(line: Line) -> None:
    """A range may be open at either side."""
    ends = {end: cell(line[end]) for end in ("min", "max")}
    of = mapping(annotations=[helpfulness(**ends)])
    check(of, {"Helpfulness": cell(line["Helpfulness"])}, line, metric("Helpfulness"))


@each_line("cells", "Times in Berlin")
def test_a_time(line: Line) -> None:
    """Serial dates, ISO texts and epochs are times of the spreadsheet's zone."""
    check_time(line, NO_LOOKBACK)


@each_line("cells", "Where the clock is changed")
def test_a_time_at_an_edge_of_daylight_saving(line: Line) -> None:
    """The earlier moment is taken where the clock shows two or none."""
    check_time(line, {"column": "Started", "lookback": line["lookback"]})


@each_line("cells", "Times in other zones")
def test_a_time_in_another_zone(line: Line) -> None:
    """Each spreadsheet has a zone of its own."""
    check_time(line, NO_LOOKBACK, ZoneInfo(plain(line["zone"])))


@each_line("cells", "Record ids")
def test_a_record_id(line: Line) -> None:
    """An id is kept letter by letter, or refused where the sheet has damaged it."""
    check(mapping(), {"Span ID": cell(line["Span ID"])}, line, lambda found: found.record_id)


@each_line("cells", "Record ids out of links and parts")
def test_a_record_id_out_of_other_columns(line: Line) -> None:
    """A part of a link, or several columns together."""
    of = mapping(record_id=PATTERN if line["record_id"] == "pattern" else TEMPLATE)
    changes: dict[Column, Cell] = {"Link": cell(line["Link"]), "Item": cell(line["Item"])}
    check(of, changes, line, lambda found: found.record_id)


@each_line("cells", "Keys of other columns")
def test_a_key(line: Line) -> None:
    """A row has a key, or says why it has none and is not sent."""
    changes: dict[Column, Cell] = {"Item": cell(line["Item"]), "Link": cell(line["Link"])}
    found, key = converted(mapping(key=["Item", "Link"]), changes)

    assert status(found) == plain(line["Status"])
    assert (key is None) == bool(line["Status"])


@each_line("cells", "Who judged")
def test_who_judged(line: Line) -> None:
    """A name travels with each metric, or its default."""
    changes: dict[Column, Cell] = {"Reviewer": cell(line["Reviewer"])}
    check(mapping(), changes, line, lambda found: found.metrics[0].updated_by)


@each_line("cells", "Notes")
def test_a_note(line: Line) -> None:
    """A note is kept as it is but for the white space around it."""
    check(mapping(), {"Comment": cell(line["Comment"])}, line, lambda found: found.note)


@each_line("cells", "Free words")
def test_free_words(line: Line) -> None:
    """A text is kept as it is but for the white space around it."""
    of = mapping(annotations=[{"name": "Remarks", "text": {"column": "Remarks"}}])
    check(of, {"Remarks": cell(line["Remarks"])}, line, metric("Remarks"))


@each_line("cells", "Annotator's names")
def test_a_name_of_an_annotator(line: Line) -> None:
    """Annotators are kept apart by the annotation's name."""
    name = "Adequacy ({Reviewer})"
    of = mapping(annotations=[{"name": name, "label": {"column": "Adequacy"}}])
    found, _ = converted(of, {"Reviewer": cell(line["Reviewer"])})

    assert status(found) == plain(line["Status"])
    if not line["Status"]:
        assert sent(found).metrics[0].name == plain(line["Arize gets"])


@each_line("cells", "The condition")
def test_the_condition(line: Line) -> None:
    """A row is due where its condition holds, and waits where it does not."""
    of = mapping(when={"column": "Done", "equals": cell(line["equals"])})
    found, _ = converted(of, {**GOOD, "Done": cell(line["Done"])})

    assert isinstance(found, Annotation if line["Holds"] == "yes" else Waiting)
