from __future__ import annotations

from typing import Any

import pytest
from pydantic import JsonValue

from sheets_sync.errors import PermanentError, SourceError
from tests.provision.acting import below, column, done, left, looked, resource, tab, words
from tests.sandbox_client import Refused
from tests.service import HEADERS, STARTED, Cell, Service, span

ACCOUNT = "sheets-sync@sandbox.iam.gserviceaccount.com"
SPAN, ADEQUACY, HELPFULNESS, DONE, STATUS = 0, 3, 4, 7, 8


def rule(service: Service, index: int) -> dict[str, Any]:
    """The rule that all cells of a column have."""
    found: dict[str, Any] = below(service, index)["dataValidation"]
    return found


def cells(service: Service, index: int, *, top: int | None = None) -> dict[str, JsonValue]:
    """A GridRange of one column."""
    sides: dict[str, JsonValue] = {"startColumnIndex": index, "endColumnIndex": index + 1}
    return sides | {"sheetId": service.gid} | ({} if top is None else {"startRowIndex": top})


def dropdown(*values: str) -> JsonValue:
    """A rule as an expert makes it."""
    listed: JsonValue = [{"userEnteredValue": value} for value in values]
    return {"condition": {"type": "ONE_OF_LIST", "values": listed}, "strict": True}


def formatted(service: Service, index: int, kind: str) -> dict[str, JsonValue]:
    """The request that gives a column's cells a number format."""
    cell: JsonValue = {"userEnteredFormat": {"numberFormat": {"type": kind}}}
    fields = "userEnteredFormat.numberFormat"
    return {"repeatCell": {"range": cells(service, index, top=1), "cell": cell, "fields": fields}}


def test_all_that_a_mapping_needs_is_there(service: Service) -> None:
    """Columns, notes, dropdown, range, checkbox, format, protection, colours, frozen row."""
    done(service)
    sheet = tab(service)
    notes = [cell.get("note", "") for cell in sheet["data"][0]["rowData"][0]["values"]]

    assert service.sheet()[0] == [*HEADERS, "Done", "Sync status"]
    assert sheet["properties"]["gridProperties"]["frozenRowCount"] == 1
    assert [bool(note) for note in notes] == [header != "Answer" for header in service.sheet()[0]]
    assert notes[ADEQUACY].startswith(
        "One of: Satisfactory, Needs Improvement. ok means Satisfactory. The row waits"
    )
    assert rule(service, ADEQUACY)["condition"]["values"] == [
        {"userEnteredValue": "Satisfactory"},
        {"userEnteredValue": "Needs Improvement"},
    ]
    assert "strict" not in rule(service, ADEQUACY)  # aliases may be typed
    assert rule(service, HELPFULNESS)["condition"] == {
        "type": "NUMBER_BETWEEN",
        "values": [{"userEnteredValue": "0"}, {"userEnteredValue": "5"}],
    }
    assert rule(service, HELPFULNESS)["strict"] is True
    assert rule(service, DONE)["condition"]["type"] == "BOOLEAN"
    assert below(service, SPAN)["userEnteredFormat"]["numberFormat"]["type"] == "TEXT"
    assert below(service, STATUS) == {}
    (protected,) = sheet["protectedRanges"]
    assert protected["range"] == {"startColumnIndex": STATUS, "endColumnIndex": STATUS + 1}
    assert protected["editors"]["users"] == [ACCOUNT, "human:owner"]
    assert {rule["ranges"][0]["startColumnIndex"] for rule in sheet["conditionalFormats"]} == {
        STATUS
    }
    assert len(sheet["data"][0]["rowData"]) == sheet["properties"]["gridProperties"]["rowCount"]


def test_a_second_run_finds_nothing_to_do_before_and_after_statuses(service: Service) -> None:
    """It writes nothing, and `once` finds its column instead of making another."""
    done(service)
    service.type("H2", value=True)
    service.once()
    statuses = service.statuses()
    before, writes = resource(service), service.control.calls().writes
    again = done(service)

    assert statuses[span(1)].startswith("Synced")
    assert again == []
    assert resource(service) == before
    assert service.control.calls().writes == writes
    assert service.sheet()[0] == [*HEADERS, "Done", "Sync status"]
    assert {write.cell for write in service.control.writes(by=ACCOUNT)} == {"H1", "I1", "I2"}


def test_nothing_else_is_touched(service: Service) -> None:
    """Notes, rules, formats and protections of the experts, and other tabs, stay as they were."""
    red: JsonValue = {"rgbColor": {"red": 1.0}}
    expert_rule: JsonValue = {
        "ranges": [cells(service, 1)],
        "booleanRule": {
            "condition": {"type": "NOT_BLANK"},
            "format": {"backgroundColorStyle": red},
        },
    }
    service.change(
        {"addSheet": {"properties": {"title": "Other", "sheetId": 77}}},
        {"setDataValidation": {"range": cells(service, 6, top=1), "rule": dropdown("Ada", "Bo")}},
        {
            "repeatCell": {
                "range": cells(service, 1),
                "cell": {"note": "mine", "userEnteredFormat": {"textFormat": {"bold": True}}},
                "fields": "note,userEnteredFormat.textFormat.bold",
            }
        },
        {"addConditionalFormatRule": {"rule": expert_rule, "index": 0}},
        {"addProtectedRange": {"protectedRange": {"range": cells(service, 1)}}},
    )
    before = resource(service)
    done(service)
    after = resource(service)
    old, new = before["sheets"][0], after["sheets"][0]

    assert after["sheets"][1] == before["sheets"][1]
    assert column(new, 1) == column(old, 1)
    assert column(new, 6)[1:] == column(old, 6)[1:]
    assert new["conditionalFormats"][0] == old["conditionalFormats"][0]
    assert new["protectedRanges"][0] == old["protectedRanges"][0]
    contents = ("userEnteredValue", "effectiveValue", "formattedValue")
    for index in range(len(HEADERS)):
        assert [[cell.get(name) for name in contents] for cell in column(new, index)] == [
            [cell.get(name) for name in contents] for cell in column(old, index)
        ]


def test_remove_brings_the_sheet_back(service: Service) -> None:
    """Of all that was done only the new columns stay; what the experts had is there again."""
    service.type("H1", "Done")
    service.type("I1", "Sync status")
    service.change(
        {
            "updateSheetProperties": {
                "properties": {"sheetId": service.gid, "gridProperties": {"frozenColumnCount": 1}},
                "fields": "gridProperties.frozenColumnCount",
            }
        },
        {"setDataValidation": {"range": cells(service, 6, top=1), "rule": dropdown("Ada", "Bo")}},
    )
    before = resource(service)
    assert done(service)
    assert done(service, removes=True)

    assert resource(service) == before
    assert looked(service, removes=True).steps == 0


def test_only_the_account_and_the_owner_write_statuses(service: Service) -> None:
    """Another person cannot edit the status column, and can edit everything else."""
    done(service)
    with pytest.raises(Refused, match="protected cell"):
        service.type("I2", "Synced by hand")
    for cell in ("A2", "B1", "D2", "E2", "H2", "J2"):
        service.type(cell, "typed")
    service.control.human("owner").type(service.spreadsheet, "Review!I2", "mine")

    assert service.sheet()[1][3] == "typed"
    assert service.sheet()[1][8] == "mine"


def test_what_an_expert_made_is_left_and_named(service: Service) -> None:
    """A note, a dropdown, a format or other words than ticks are not replaced."""
    service.type("H1", "Done")
    service.type("H2", "yes")
    service.change(
        {"setDataValidation": {"range": cells(service, ADEQUACY, top=1), "rule": dropdown("Fine")}},
        {
            "repeatCell": {
                "range": cells(service, ADEQUACY) | {"endRowIndex": 1},
                "cell": {"note": "ask Bo"},
                "fields": "note",
            }
        },
        formatted(service, SPAN, "NUMBER"),
        formatted(service, HELPFULNESS, "TEXT"),
    )
    said = "\n".join(left(looked(service)))
    done(service)

    assert 'column D "Adequacy" has a note of its own, left as it is' in said
    assert 'column D "Adequacy" has a dropdown of its own, left as it is' in said
    assert 'column A "Span ID" has a number format of its own, left as it is' in said
    assert 'column E "Helpfulness" is formatted as plain text' in said
    assert 'column H "Done" holds other words than TRUE and FALSE' in said
    assert rule(service, ADEQUACY) == dropdown("Fine")
    assert "dataValidation" not in below(service, HELPFULNESS) | below(service, DONE)
    assert below(service, SPAN)["userEnteredFormat"]["numberFormat"]["type"] == "NUMBER"


def test_what_is_ours_follows_the_mapping(service: Service) -> None:
    """A changed mapping changes its dropdown and its note, and nothing else."""
    done(service)
    label = {"column": "Adequacy", "values": ["Good", "Bad"]}
    service.mapping["annotations"] = [{"name": "Adequacy", "label": label}]
    steps = done(service)

    assert steps == [
        'column D "Adequacy": a note that explains it',
        'column D "Adequacy": offer Good, Bad and refuse other words',
    ]
    assert rule(service, ADEQUACY)["strict"] is True


def test_rows_that_were_inserted_or_added_are_provided_for_by_the_next_run(
    service: Service,
) -> None:
    """What begins below the header moves down with the rows; nothing is there twice then."""
    done(service)
    rows: JsonValue = {"sheetId": service.gid, "dimension": "ROWS", "startIndex": 1, "endIndex": 2}
    owner = service.control.human("owner")
    owner.change(service.spreadsheet, {"insertDimension": {"range": rows}})
    inserted = done(service)
    more: JsonValue = {"sheetId": service.gid, "dimension": "ROWS", "length": 3}
    owner.change(service.spreadsheet, {"appendDimension": more})
    added = done(service)
    formats = tab(service)["conditionalFormats"]

    assert inserted == [
        'column I "Sync status": synced green, waiting grey, wrong amber, refused red'
    ]
    assert [said[:9] for said in added] == [f"column {letter} " for letter in "ADEH"]
    assert {one["ranges"][0]["startRowIndex"] for one in formats} == {1}
    assert len(formats) == 8
    assert rule(service, DONE)["condition"]["type"] == "BOOLEAN"
    assert done(service) == []


def test_new_columns_come_before_statuses_that_end_the_sheet(service: Service) -> None:
    """The status column keeps its mark, its protection and its place at the end."""
    service.mapping = {}
    done(service)
    service.once()
    service.mapping = {"when": {"column": "Done"}}
    done(service)
    service.type("H2", value=True)
    service.once()

    assert service.sheet()[0] == [*HEADERS, "Done", "Sync status"]
    assert service.statuses()[span(1)].startswith("Synced")
    assert tab(service)["protectedRanges"][0]["range"]["startColumnIndex"] == STATUS
    assert done(service) == []


def test_cells_without_a_header_come_before_the_status(service: Service) -> None:
    """The status column is the last one in which anything stands."""
    service.type("J3", "see me")
    done(service)

    assert service.sheet()[0][10:] == ["Done", "Sync status"]
    assert service.sheet()[2][9] == "see me"


def test_the_grid_grows_by_the_new_columns_alone(service: Service) -> None:
    """Where it ends with the last header there is no room for any."""
    full: JsonValue = {"sheetId": service.gid, "gridProperties": {"columnCount": len(HEADERS)}}
    fields = "gridProperties.columnCount"
    service.change({"updateSheetProperties": {"properties": full, "fields": fields}})
    done(service)

    assert service.sheet()[0] == [*HEADERS, "Done", "Sync status"]
    assert tab(service)["properties"]["gridProperties"]["columnCount"] == len(HEADERS) + 2


def test_an_empty_tab_gets_all_columns(service: Service) -> None:
    """From headers to the first synced row there is nothing to set up by hand."""
    service.change({"updateCells": {"range": {"sheetId": service.gid}, "fields": "*"}})
    done(service)
    row: list[Cell] = [span(1), STARTED, "Ada", "Clear.", "Satisfactory", 4, True]
    service.expert.type_rows(service.spreadsheet, "Review!A2", [row])
    service.once()

    assert service.sheet()[0] == [
        *("Span ID", "Started", "Reviewer", "Comment", "Adequacy", "Helpfulness", "Done"),
        "Sync status",
    ]
    assert service.statuses()[span(1)].startswith("Synced")


def test_a_near_miss_is_named_instead_of_only_doubled(service: Service) -> None:
    """A misspelt header would stand beside its column otherwise, unnoticed."""
    service.type("D1", "Adequecy")
    assert 'column H "Adequacy": new; if "Adequecy" in D is meant, put that right instead' in words(
        looked(service)
    )


def test_a_lost_answer_does_nothing_twice(service: Service) -> None:
    """The request is sent again, and refused as a whole."""
    service.control.fault("google", match=":batchUpdate$", action="drop", when="after", times=1)
    done(service)
    assert service.control.fired() == [1]
    sheet = tab(service)

    assert service.sheet()[0] == [*HEADERS, "Done", "Sync status"]
    assert (len(sheet["protectedRanges"]), len(sheet["conditionalFormats"])) == (1, 8)
    assert done(service) == []


def test_what_may_not_be_done_is_not_done_by_half(service: Service) -> None:
    """Where a person keeps the account out, nothing changes and the words say whom to let in."""
    service.control.human("owner").change(
        service.spreadsheet,
        {"addProtectedRange": {"protectedRange": {"range": cells(service, ADEQUACY)}}},
    )
    before = resource(service)
    with pytest.raises(PermanentError, match=f"to be unprotected for {ACCOUNT}"):
        done(service)

    assert resource(service) == before


def test_all_accounts_that_see_the_sheet_may_write_statuses(service: Service) -> None:
    """Whichever of them it falls to; one that it is not shared with is left out."""
    accounts = [service.control.add_account(name) for name in ("second", "third")]
    service.control.unshare(service.spreadsheet, accounts[1].email)
    files = [service.contact.credentials_file, *(one.credentials_file for one in accounts)]
    google = service.settings()["google"] | {"credentials": files}
    service.sections = {"google": google}
    done(service)
    (protected,) = tab(service)["protectedRanges"]

    assert {*protected["editors"]["users"]} == {ACCOUNT, accounts[0].email, "human:owner"}


def test_mappings_of_one_tab_are_provided_for_together(service: Service) -> None:
    """Each has its status column; both explain a column that both read."""
    service.sections = {"mappings": [*service.mappings(), service.mappings()[0]]}
    second = {"name": "second", "status": "Second status", "when": None, "note": "Remarks"}
    service.sections["mappings"][1] |= second
    done(service)
    service.once()

    assert service.sheet()[0] == [*HEADERS, "Done", "Remarks", "Sync status", "Second status"]
    assert done(service) == []
    assert len(done(service, removes=True)) == 18


def test_mappings_that_contradict_each_other_are_refused(service: Service) -> None:
    """Two dropdowns for one column cannot be; nothing is written."""
    service.sections = {"mappings": [*service.mappings(), service.mappings()[0]]}
    label = {"column": "Adequacy", "values": ["Good", "Bad"]}
    service.sections["mappings"][1] |= {
        "name": "second",
        "status": "Second status",
        "annotations": [{"name": "Other", "label": label}],
    }
    with pytest.raises(SourceError) as caught:
        done(service)

    assert str(caught.value) == (
        "tab 'Review': column D \"Adequacy\" cannot offer Satisfactory, Needs Improvement and "
        "refuse other words (mapping 'support-answers') and offer Good, Bad and refuse other "
        "words (mapping 'second')"
    )


def test_a_column_that_is_not_chosen_yet_is_not_made(service: Service) -> None:
    """What `init` could not tell is no header."""
    service.mapping = {"start_time": {"column": "CHOOSE"}}
    with pytest.raises(SourceError, match="write its header in the place of CHOOSE"):
        done(service)


def test_a_column_without_a_header_is_provided_for_by_its_letter(service: Service) -> None:
    """What an expert made in it is seen, and what is ours is found again."""
    label = {"column": {"letter": "J"}, "values": ["Good", "Bad"]}
    service.mapping = {"annotations": [{"name": "Adequacy", "label": label}]}
    own: JsonValue = {"range": cells(service, 9, top=1), "rule": dropdown("Fine")}
    service.change({"setDataValidation": own})
    said = left(looked(service))
    service.change({"setDataValidation": {"range": cells(service, 9)}})
    steps = done(service)

    assert said == ["column J has a dropdown of its own, left as it is"]
    assert "column J: offer Good, Bad and refuse other words" in steps
    assert done(service) == []
    assert "column J: accept anything" in done(service, removes=True)
    assert "dataValidation" not in below(service, 9)
