from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from sheets_sync.config import Config, load, state_address
from sheets_sync.config.addresses import without_password
from sheets_sync.domain.metric import Label
from sheets_sync.errors import ConfigError

EXAMPLE = Path(__file__).parents[2] / "config" / "sheets.yaml"

SECOND = """\
mappings:
  - name: more
    spreadsheet: 1tR4cS0mpLe5preadsheet
    worksheet: More
    model_id: TW9kZWw6MQ
    record_id: Span ID
    start_time: {column: Started}
    annotations:
      - name: Helpfulness
        score: {column: Helpfulness, min: 1, max: 5}
"""


def problems_of(path: Path, environ: Mapping[str, str]) -> list[str]:
    """The problems of a file or a folder, with the names of files alone."""
    with pytest.raises(ConfigError) as caught:
        load(path, environ)
    return [problem.replace(f"{path.parent}/", "") for problem in caught.value.problems]


def folder_of(tmp_path: Path, files: Mapping[str, str]) -> Path:
    """A folder with these files."""
    folder = tmp_path / "config"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def test_the_example_loads(environ: Mapping[str, str]) -> None:
    """A newcomer's first file is right once its two variables are set."""
    names = {
        "GOOGLE_APPLICATION_CREDENTIALS": environ["GOOGLE_KEY"],
        "ARIZE_API_KEY": environ["ARIZE_KEY"],
    }
    config = load(EXAMPLE, names)
    assert [mapping.name for mapping in config.mappings] == ["support-answers"]
    assert config.arize["default"].api_key.get_secret_value() == "ak-very-secret"


def test_the_example_names_the_variables_it_lacks() -> None:
    """Without its variables the example says which ones it needs, and where."""
    assert [problem.split(": ", 1)[1] for problem in problems_of(EXAMPLE, {})] == [
        "google.credentials[0]: environment variable GOOGLE_APPLICATION_CREDENTIALS is not set",
        "arize.api_key: environment variable ARIZE_API_KEY is not set",
    ]


def test_what_is_left_out_has_the_documented_default(
    loaded: Callable[[str], Config], good: str
) -> None:
    """A short file means what docs/configuration.md says of the keys it leaves out."""
    config = loaded(good)
    arize = config.arize["default"]
    assert arize.endpoint == "https://app.arize.com/graphql"
    assert (arize.dialect, arize.mutations_per_minute, arize.requests_per_minute) == (
        "auto",
        300,
        100,
    )
    assert (arize.batch_size, arize.concurrency, arize.ca_bundle) == (3, 2, None)
    assert config.state == "sqlite:///state/sheets-sync.db"
    assert (config.retry.attempts, config.retry.max_age, config.retry.settle) == (
        8,
        timedelta(hours=24),
        timedelta(minutes=5),
    )
    assert (config.hold.share, config.hold.rows, config.alerts) == (0.25, 20, ())
    mapping = config.mappings[0]
    assert (mapping.poll, mapping.detect, mapping.environment) == (
        timedelta(seconds=30),
        "auto",
        "tracing",
    )


def test_defaults_hold_where_a_mapping_is_silent(
    loaded: Callable[[str], Config], good: str
) -> None:
    """A mapping's own word goes before the defaults, the defaults before the program's."""
    text = f"defaults: {{poll: 5m, environment: production}}\n{good}"
    silent = loaded(text).mappings[0]
    assert (silent.poll, silent.environment) == (timedelta(minutes=5), "production")
    spoken = loaded(text.replace("worksheet: Review", "worksheet: Review\n    poll: 10s"))
    assert spoken.mappings[0].poll == timedelta(seconds=10)


def test_words_of_yaml_1_1_stay_words(loaded: Callable[[str], Config], good: str) -> None:
    """Yes, No, a date and a time of day are text, as the expert reads them in the sheet."""
    text = good.replace("[Good, Bad]", "[Yes, No, on, 2026-11-24, 1:30]")
    label = loaded(text).mappings[0].annotations[0].source
    assert isinstance(label, Label)
    assert label.values == ("Yes", "No", "on", "2026-11-24", "1:30")


def test_a_cron_expression_is_kept_as_one(loaded: Callable[[str], Config], good: str) -> None:
    """Five fields are a schedule, whatever the blanks between them."""
    text = good.replace("worksheet: Review", "worksheet: Review\n    poll: '*/5  8-18 * * mon-fri'")
    assert loaded(text).mappings[0].poll == "*/5 8-18 * * mon-fri"


def test_anchors_and_merges_save_writing(loaded: Callable[[str], Config], good: str) -> None:
    """A mapping may begin as another one, and its own keys go before."""
    text = good.replace("  - name: answers", "  - &base\n    name: answers")
    text += "  - <<: *base\n    name: more\n    worksheet: More\n"
    first, second = loaded(text).mappings
    assert (second.name, second.worksheet) == ("more", "More")
    assert second.annotations == first.annotations


def test_a_merged_fault_is_shown_where_it_is_written(
    problems: Callable[[str], list[str]], good: str
) -> None:
    """What comes by an anchor is mended at the anchor."""
    text = good.replace("  - name: answers", "  - &base\n    name: answers")
    text = text.replace("model_id: TW9kZWw6MQ", "model_id: 7")
    text += "  - <<: *base\n    name: more\n    worksheet: More\n"
    assert problems(text) == [
        "10: mappings[0].model_id: 7 is a number; put it in quotes to make it text",
        "10: mappings[1].model_id: 7 is a number; put it in quotes to make it text",
    ]


def test_several_endpoints_have_names(loaded: Callable[[str], Config], good: str) -> None:
    """Each mapping goes to the endpoint that it names."""
    text = good.replace(
        "  api_key: env:ARIZE_KEY",
        "  eu: {api_key: env:ARIZE_KEY, endpoint: https://app.eu-west-1a.arize.com/graphql}\n"
        "  here: {api_key: env:ARIZE_KEY, endpoint: 'http://127.0.0.1:8765/graphql/'}",
    ).replace("worksheet: Review", "worksheet: Review\n    arize: here")
    config = loaded(text)
    assert list(config.arize) == ["eu", "here"]
    assert config.arize[config.mappings[0].arize].endpoint == "http://127.0.0.1:8765/graphql"


def test_a_key_may_come_from_a_file(
    loaded: Callable[[str], Config], good: str, tmp_path: Path
) -> None:
    """A mounted secret is read without the line break at its end."""
    (tmp_path / "arize.key").write_text("ak-from-file\n")
    config = loaded(good.replace("env:ARIZE_KEY", f"file:{tmp_path}/arize.key"))
    assert config.arize["default"].api_key.get_secret_value() == "ak-from-file"


def test_no_text_form_shows_a_secret(tmp_path: Path, environ: dict[str, str], good: str) -> None:
    """Neither repr nor JSON of the configuration holds a key or an alert's address."""
    file = tmp_path / "sheets.yaml"
    file.write_text(f"alerts: [env:ALERT_URL]\n{good}")
    config = load(file, environ | {"ALERT_URL": "slack://very-secret/token"})
    assert config.alerts[0].get_secret_value() == "slack://very-secret/token"
    shown = f"{config!r} {config} {config.model_dump_json()}"
    assert "secret" not in shown.replace("SecretStr", "")


def test_a_folder_is_one_configuration(
    tmp_path: Path, environ: Mapping[str, str], good: str
) -> None:
    """Mappings of all files are joined, in the order of the files' names."""
    files = {"b.yaml": SECOND, "a.yaml": good, ".draft.yaml": "oops: [", "notes.txt": "hello"}
    config = load(folder_of(tmp_path, files), environ)
    assert [mapping.name for mapping in config.mappings] == ["answers", "more"]


def test_problems_of_a_folder_name_their_files(
    tmp_path: Path, environ: Mapping[str, str], good: str
) -> None:
    """Each problem is placed in its own file, by that file's own count of mappings."""
    clash = SECOND.replace("name: more", "name: answers").replace("More", "Review")
    broken = SECOND.replace("Started", "7")
    folder = folder_of(
        tmp_path, {"a.yaml": good, "b.yaml": clash, "c.yaml": broken, "d.yaml": "arize: {}\n"}
    )
    taken, shared, number, section = problems_of(folder, environ)
    first = "config/a.yaml:6"
    assert taken == (
        f"config/b.yaml:2: mappings[0].name: 'answers' is the name of the mapping in {first} too; "
        "change one"
    )
    assert shared == (
        f"config/b.yaml:2: mappings[0].status: the mapping in {first} writes column "
        "'Sync status' of the same tab; give one of them another status column"
    )
    assert number == (
        "config/c.yaml:7: mappings[0].start_time.column: is a number; write the column's header, "
        "or {letter: A}; put text in quotes"
    )
    assert section == "config/d.yaml:1: arize: stands in config/a.yaml:3 too; keep one of them"


def test_all_files_of_a_folder_that_cannot_be_read_are_named(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """One broken file does not hide the next."""
    folder = folder_of(tmp_path, {"a.yaml": "arize: [", "b.yaml": "\tarize: 1"})
    assert problems_of(folder, environ) == [
        "config/a.yaml:1:9: a value or a closing bracket is missing",
        "config/b.yaml:1:1: a tab stands here; indent with spaces",
    ]


def test_a_folder_without_files_is_refused(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """An empty folder is no configuration."""
    assert problems_of(folder_of(tmp_path, {}), environ) == [
        "config: no .yaml file in this folder; copy config/sheets.yaml there"
    ]


def test_a_file_that_would_be_passed_over_is_refused(
    tmp_path: Path, environ: Mapping[str, str], good: str
) -> None:
    """A mapping in a .yml file is not lost in silence."""
    assert problems_of(folder_of(tmp_path, {"a.yaml": good, "b.yml": SECOND}), environ) == [
        "config/b.yml: would not be read; rename it to .yaml"
    ]


def test_a_file_that_is_not_there_is_said_with_the_cure(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """A newcomer is told how to begin."""
    assert problems_of(tmp_path / "sheets.yaml", environ) == [
        "sheets.yaml: there is no such file; name yours with --config"
    ]


def test_a_file_in_another_encoding_is_named_with_its_line(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """A file saved as Latin-1 is told from a file with an error."""
    file = tmp_path / "sheets.yaml"
    file.write_bytes("contact: ops\n# für\n".encode("latin-1"))
    assert problems_of(file, environ) == [
        "sheets.yaml:2: is not UTF-8 text; save the file as UTF-8"
    ]


def test_a_control_character_is_named_with_its_line(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """A stray control character has its line, though nobody sees it."""
    file = tmp_path / "sheets.yaml"
    file.write_text("contact: ops\nstate: \x07\n")
    assert problems_of(file, environ) == [
        "sheets.yaml:2: a character that no text holds; remove it"
    ]


def test_a_file_nested_without_end_is_refused(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """A file of brackets is answered, not a traceback."""
    file = tmp_path / "sheets.yaml"
    file.write_text("arize: " + "[" * 5000)
    assert problems_of(file, environ) == [
        "sheets.yaml: is nested too deeply; brackets may be left open"
    ]


def test_the_state_may_be_a_database_whose_address_is_a_secret(
    loaded: Callable[[str], Config], good: str, environ: dict[str, str], tmp_path: Path
) -> None:
    """The address comes from the environment, and nothing that is shown has its password."""
    environ["STATE"] = "postgres://me:pass%2Fword@db/sync"
    without = loaded(f"state: postgresql://me@db/sync\n{good}")
    secret = loaded(f"state: env:STATE\n{good}")
    found = state_address(tmp_path / "sheets.yaml", environ)

    assert without.state == "postgresql+psycopg://me@db/sync"
    assert without_password(without.state) == without.state
    assert secret.state == found == "postgresql+psycopg://me:pass%2Fword@db/sync"
    assert without_password(secret.state) == "postgresql+psycopg://me:***@db/sync"
    assert {"pass%2Fword", "pass/word"} <= set(secret.secrets)
    assert "word" not in repr(secret)
