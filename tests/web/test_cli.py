"""The command line: what it says, what it prints for scripts, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.stores import copied, made_once, place
from tests.stores import environment as environment_of
from tests.web.resting import catch_up, resting
from txapi.application.desk import Order
from txapi.application.units import register_unit, rename_unit
from txapi.cli.root import COMMANDS, txapi
from txapi.domain.event import Actor, Metadata, Role
from txapi.domain.labels import Label
from txapi.domain.unit import Duty, UnitKind
from txapi.projections.views import views_file, views_schema
from txapi.record.postgres.database import PostgresDatabase
from txapi.web.instance import Instance
from txapi.web.tokens import Tokens


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "data" in request.fixturenames:
        # Its database is a copy, and no other.
        request.getfixturevalue("data")
    for name, value in environment_of(tmp_path / "data").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with a small record: two units, of which one was renamed, and its read models."""
    copied(made_once("two units", two_units), tmp_path / "data")
    return tmp_path / "data"


def two_units(folder: Path) -> None:
    """Make the record."""
    with resting(folder) as instance:

        def order() -> Order:
            record = instance.record
            actor = Actor("admin", Role.ADMINISTRATOR)
            meta = Metadata(
                decided_at=record.clock.now(), actor=actor, correlation_id=record.ids.uuid(), reason="as decided"
            )
            return Order(meta)

        for code in ("wutong", "puyuan"):
            register_unit(
                instance.desk,
                order(),
                code=code,
                name=Label(code, code),
                kind=UnitKind.TOWN,
                duty=Duty.IMPLEMENTING_BODY,
            )
        rename_unit(instance.desk, order(), unit="wutong", name=Label("梧桐街道", "Wutong Subdistrict"))
        catch_up(instance)


@pytest.fixture
def owned(data: Path) -> Iterator[Path]:
    with Instance.open(place(data)):
        yield data


def forget_read_models(data: Path) -> None:
    """As if nobody had ever followed the record with this code."""
    where = place(data)
    if where.database is None:
        views_file(data).unlink()
    else:
        with closing(PostgresDatabase(where.database, views_schema())) as database:
            database.drop()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(txapi, arguments, prog_name="txapi")


def told(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_without_arguments_it_says_what_to_do_next() -> None:
    result = run()

    assert result.exit_code == 0
    assert "txapi serve --demo" in result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    result = run(command, "--help")

    assert result.exit_code == 0
    group = "Commands:" in result.stdout
    assert group or "Example" in result.stdout


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [
        (("shwo",), "Did you mean 'show'?"),
        (("token", "isue"), "Did you mean 'issue'?"),
        (("show", "--jsn"), "Did you mean '--json'?"),
    ],
)
def test_whoever_mistypes_is_told_what_may_be_meant(mistyped: tuple[str, ...], meant: str) -> None:
    result = run(*mistyped)

    assert result.exit_code == 2
    assert meant in result.stderr
    assert "Did you mean" not in run("xyzzy").stderr


def test_where_nothing_was_read_that_is_not_everybodys_this_is_said(owned: Path) -> None:
    assert run("accesses").stdout == "no access is recorded: nothing was read that is not everybody's\n"
    assert run("accesses", "--subject", "zhang", "--after", "3").stdout.startswith(
        "no access of zhang is recorded behind entry 3: "
    )
    assert json.loads(run("accesses", "--json").stdout) == {"accesses": []}


def test_settings_are_listed_with_their_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TXAPI_PORT", "9000")

    rows = told(run("settings", "--json"))

    assert {"TXAPI_PORT": "9000"}.items() <= {row["name"]: row["value"] for row in rows}.items()
    assert "TXAPI_PORT=9000" in run("settings").stdout


def test_a_setting_that_makes_no_sense_ends_with_2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TXAPI_PORT", "many")

    result = run("settings")

    assert result.exit_code == 2
    assert "TXAPI_PORT" in result.stderr


def test_a_token_is_issued_that_the_server_reads(data: Path) -> None:
    # The server that began the record made both keys, and a database is served by whoever has both.
    Tokens.from_file(data / "token-key.pem")

    answer = told(run("token", "issue", "--subject", "li.na", "--role", "clerk", "--unit", "wutong", "--json"))

    actor = Tokens.from_file(data / "token-key.pem", create=False).read(answer["token"])
    assert actor == Actor("li.na", Role.CLERK, "wutong")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--role", "clerk"), 2),
        (("--role", "clerk", "--unit", "nowhere"), 3),
        (("--role", "system"), 2),
        (("--role", "leader", "--days", "0"), 2),
        (("--role", "leader", "--days", "400"), 2),
    ],
)
def test_a_token_that_nobody_may_have_is_not_issued(data: Path, arguments: tuple[str, ...], code: int) -> None:
    result = run("token", "issue", "--subject", "a", *arguments)

    assert result.exit_code == code
    assert result.stdout == ""


def test_a_key_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"

    first, second = run("token", "keygen", str(path)), run("token", "keygen", str(path))

    assert (first.exit_code, second.exit_code) == (0, 2)


def test_the_history_of_a_noun_is_told_by_its_code_with_what_changed(data: Path) -> None:
    registered, renamed = told(run("history", "wutong", "--json"))

    assert registered["topic"] == "unit.registered"
    assert renamed["reason"] == "as decided"
    changes = {change["field"]: (change["before"], change["after"]) for change in renamed["changes"]}
    assert ({"zh": "wutong", "en": "wutong"}, {"zh": "梧桐街道", "en": "Wutong Subdistrict"}) in changes.values()
    assert "unit.renamed" in run("history", "wutong").stdout


def test_a_history_says_of_every_event_on_what_it_rests_and_whose_clock_it_is(data: Path) -> None:
    events = told(run("history", "wutong", "--json"))
    lines = [line for line in run("history", "wutong").stdout.splitlines() if " unit." in line]

    assert [(event["basis"], event["clock"]) for event in events] == [("stated", "system")] * 2
    assert [line.count("basis stated, clock system") for line in lines] == [1, 1]
    assert all(event["recordedAt"].endswith("+08:00") for event in events)


def test_a_history_names_its_fields_for_people_and_keeps_bookkeeping_to_itself(data: Path) -> None:
    registered, renamed = told(run("history", "wutong", "--json"))

    code = {"field": "code", "label": {"zh": "代码", "en": "code"}, "before": None, "after": "wutong"}
    assert code in registered["changes"]
    assert [change["label"]["zh"] for change in renamed["changes"]] == ["名称", "别名"]
    assert " 名称: " in run("history", "wutong").stdout


def test_the_history_of_a_noun_that_does_not_exist_ends_with_1(data: Path) -> None:
    assert run("history", "nowhere").exit_code == 1


def test_commands_that_read_say_where_there_is_no_record() -> None:
    for command in (("history", "x"), ("show",), ("rebuild",), ("reference", "list")):
        result = run(*command)

        assert result.exit_code == 2, command
        assert "no record" in result.stderr or "nobody has begun the record" in result.stderr


def test_a_rebuild_gives_the_digests_of_the_read_models_in_use(owned: Path) -> None:
    answer = told(run("rebuild", "--json"))

    assert (answer["position"], answer["comparedAt"], answer["differing"]) == (3, 3, [])
    assert "the same" in run("rebuild").stdout
    assert not list(owned.glob("rebuild-*"))


def test_a_rebuild_finds_read_models_that_differ_and_replaces_them(data: Path) -> None:
    with resting(data) as instance, instance.views._database.transaction() as connection:
        connection.execute("UPDATE digests SET total = ? WHERE name = 'units'", (b"\x07",))

    found = run("rebuild", "--json")
    replaced = run("rebuild", "--replace")
    after = run("rebuild")

    assert found.exit_code == 1
    assert json.loads(found.stdout)["differing"] == ["units"]
    assert replaced.exit_code == 1
    assert after.exit_code == 0


def test_a_rebuild_without_read_models_in_use_has_nothing_to_compare_with(data: Path) -> None:
    forget_read_models(data)

    assert "nothing" not in run("rebuild", "--replace").stdout
    assert "the same" in run("rebuild").stdout


def test_read_models_are_not_replaced_under_a_running_owner(owned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("txapi.cli.rebuild_ahead.TAKE_OVER_SECONDS", 0.5)

    result = run("rebuild", "--replace")

    assert result.exit_code == 4
    assert "process" in result.stderr or "a server of this version follows" in result.stderr


def test_a_moment_is_shown_without_a_server(owned: Path) -> None:
    answer = told(run("show", "--operation", "Record", "--json"))

    assert answer["data"]["record"]["head"] == "3"


def test_a_moment_is_shown_where_there_are_no_read_models_and_leaves_none_behind(data: Path) -> None:
    forget_read_models(data)

    assert "head: 3" in run("show", "--operation", "Record").stdout.replace("=", ": ")
    assert "no read models in use" in run("rebuild").stdout


def test_before_the_first_event_there_is_no_record_to_show_and_no_year_1970(data: Path) -> None:
    shown = run("show", "--at", "0").stdout

    assert shown == "position 0, before the record begins\n"
    assert "before the record begins" not in run("show", "--at", "1").stdout
    assert told(run("show", "--at", "0", "--json"))["data"]["moment"]["position"] == "0"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--at", "4"),
        ("--at", "yesterday"),
        ("--at", "2999-01-01"),
        ("--operation", "Nothing"),
        ("--operation", "../../pyproject"),
        ("--operation", "Record", "--at", "1"),
        ("--operation", "Record", "--variables", "[]"),
        ("--operation", "Record", "--variables", "{"),
    ],
)
def test_a_moment_that_makes_no_sense_ends_with_2(data: Path, arguments: tuple[str, ...]) -> None:
    assert run("show", *arguments).exit_code == 2


NOTICE = Path(__file__).parents[2] / "domain" / "reference" / "notices" / "2015.yaml"


def test_an_edition_is_adopted_once_and_listed(data: Path) -> None:
    adopted = told(run("reference", "adopt", str(NOTICE), "--reason", "published", "--json"))
    again = run("reference", "adopt", str(NOTICE))
    listed = told(run("reference", "list", "--json"))

    assert again.exit_code == 3
    assert [(row["edition"], row["position"]) for row in listed] == [(adopted["edition"], 4)]


@pytest.mark.only_on("sqlite", because="whoever appends to a record in a database does so beside its servers")
def test_an_edition_is_not_adopted_beside_a_running_owner(owned: Path) -> None:
    assert run("reference", "adopt", str(NOTICE)).exit_code == 4


def test_a_file_that_is_no_edition_ends_with_2(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "nothing.yaml"
    path.write_text("kind: nonsense\n")

    assert run("reference", "adopt", str(path)).exit_code == 2


def test_a_data_set_is_loaded_into_an_empty_record_only(data: Path) -> None:
    result = run("load", "tongxiang-2015")

    assert result.exit_code == 3
    assert "3 events" in result.stderr


def test_a_data_set_that_does_not_exist_ends_with_2() -> None:
    assert run("load", "nothing").exit_code == 2
