"""Settings are read once, each with its type, and what makes no sense is said to make none."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from click.testing import CliRunner

from txapi.cli.root import txapi
from txapi.record.place import Place
from txapi.settings import TABLE, BadSetting, Settings


def test_without_any_variable_every_setting_has_its_default() -> None:
    settings = Settings.from_environment({})

    assert (settings.host, settings.port, settings.data) == ("127.0.0.1", 8000, Path("data"))
    assert settings.anonymous_role == "none"
    assert settings.key_file == Path("data/token-key.pem")


def test_the_table_lists_every_setting_and_no_other() -> None:
    assert [setting.attribute for setting in TABLE] == [field.name for field in dataclasses.fields(Settings)]


def test_what_a_command_was_told_comes_before_the_environment() -> None:
    settings = Settings.from_environment({"TXAPI_PORT": "9000", "TXAPI_HOST": "::1"}, port="9001", host=None)

    assert (settings.port, settings.host) == (9001, "::1")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TXAPI_HOST", " "),
        ("TXAPI_PORT", "http"),
        ("TXAPI_PORT", "65536"),
        ("TXAPI_PORT", "-1"),
        ("TXAPI_PORT", "٣"),
        ("TXAPI_DATA", ""),
        ("TXAPI_CLOCK", "yesterday"),
        ("TXAPI_CLOCK", "2015-02-30"),
        ("TXAPI_ANONYMOUS_ROLE", "administrator"),
        ("TXAPI_LOG_LEVEL", "loud"),
        ("TXAPI_MAX_BODY_BYTES", "0"),
        ("TXAPI_THREADS", "0"),
        ("TXAPI_BUDGETS", "clerk=5"),
        ("TXAPI_STOP_SECONDS", "soon"),
        ("TXAPI_DRAIN_SECONDS", "-1"),
        ("TXAPI_LOG_FORMAT", "xml"),
        ("TXAPI_METRICS", "perhaps"),
        ("TXAPI_DATABASE", "mysql"),
        ("TXAPI_REPLICA", "postgresql://replica/record"),
        ("TXAPI_OIDC_ISSUER", "http://login.example"),
        ("TXAPI_OIDC_ISSUER", "https://login.example?tenant=7"),
        ("TXAPI_OIDC_ISSUER", "https://user:secret@login.example"),
        ("TXAPI_OIDC_ISSUER", "https://login.example"),
        ("TXAPI_OIDC_AUDIENCE", "txapi"),
        ("TXAPI_OIDC_JWKS", "http://login.example/keys"),
        ("TXAPI_OIDC_JWKS", "file:///etc/passwd"),
        ("TXAPI_OIDC_ROLES", "towns"),
        ("TXAPI_OIDC_ROLES", "towns=emperor"),
        ("TXAPI_OIDC_ROLES", "towns=system"),
    ],
)
def test_a_value_that_makes_no_sense_is_named_with_its_variable(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=name):
        Settings.from_environment({name: value})


def test_origins_are_separated_by_blanks_or_commas() -> None:
    settings = Settings.from_environment({"TXAPI_ALLOWED_ORIGINS": "https://a.example, https://b.example"})

    assert settings.allowed_origins == ("https://a.example", "https://b.example")


def test_the_place_of_a_record_is_its_folder_and_its_database() -> None:
    dsn = "postgresql://clerk:secret@one,two/record"

    assert Settings.from_environment({"TXAPI_DATABASE": dsn}).place == Place(Path("data"), dsn)
    assert Settings.from_environment({}).place == Place(Path("data"))


def test_a_password_in_a_setting_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TXAPI_DATABASE", "postgresql://clerk:secret@one/record")

    listed = CliRunner().invoke(txapi, ["settings"])

    assert listed.exit_code == 0
    assert "TXAPI_DATABASE=(set)" in listed.output
    assert "secret" not in listed.output
    with pytest.raises(BadSetting) as refused:
        Settings.from_environment({"TXAPI_DATABASE": "host=one password secret"})
    assert "secret" not in str(refused.value)
