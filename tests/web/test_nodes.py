"""Several servers need a database between them, and the same keys."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.stores import place
from txapi.cli.root import txapi
from txapi.domain.event import Role
from txapi.web.instance import Instance
from txapi.web.tokens import Tokens

ISSUE = ("token", "issue", "--subject", "li.na", "--role", "reader")


@pytest.mark.only_on("sqlite", because="a record in a database is served by any number of processes")
@pytest.mark.parametrize(("options", "told"), [(["--workers", "2"], {}), ([], {"TXAPI_WORKERS": "2"})])
def test_an_embedded_record_is_not_served_by_several_processes(
    tmp_path: Path, options: list[str], told: dict[str, str]
) -> None:
    refused = CliRunner().invoke(txapi, ["serve", *options, "--data", str(tmp_path), "--port", "0"], env=told)

    assert refused.exit_code == 2
    assert "TXAPI_DATABASE" in refused.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.only_on("postgresql", because="a record in files lies beside its keys")
def test_a_second_machine_makes_no_keys_of_its_own_and_is_told_whose_to_copy(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    second.mkdir()
    key = Tokens.from_file(first / "token-key.pem")
    where = place(first)
    Instance.open(where).stop()

    def on_second(*command: str) -> Result:
        told = {"TXAPI_DATABASE": where.database, "TXAPI_DATA": str(second)}
        return CliRunner().invoke(txapi, command, env=told)

    without = on_second("serve", "--port", "0")
    shutil.copy(first / "record-key.pem", second)
    with_one = [on_second("serve", "--port", "0"), on_second(*ISSUE)]
    made = {path.name for path in second.iterdir()}
    shutil.copy(first / "token-key.pem", second)
    with_both = on_second(*ISSUE)

    assert [result.exit_code for result in (without, *with_one)] == [2, 2, 2]
    assert f"lacks {second / 'record-key.pem'} and {second / 'token-key.pem'}: copy them" in without.stderr
    assert all(f"lacks {second / 'token-key.pem'}: copy" in result.stderr for result in with_one)
    assert made == {"record-key.pem"}
    assert key.read(with_both.stdout.strip()).role is Role.READER
