"""Signing and proving on the command line, where no server runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web.test_cli import data, owned, run, settings, told  # noqa: F401 - fixtures are found by name
from txapi.record.ledger import KEY_FILE


def test_a_record_without_a_server_is_signed_for_on_demand(data: Path) -> None:  # noqa: F811
    before = run("checkpoint")
    signed = run("checkpoint", "--sign")
    after = run("checkpoint")

    assert before.exit_code == 1
    assert "nothing of this record was signed" in before.output
    assert signed.exit_code == 0
    assert signed.stdout.splitlines()[1] == "3"
    assert after.stdout == signed.stdout == run("checkpoint", "--sign").stdout
    assert told(run("checkpoint", "--json"))["note"] == signed.stdout


def test_an_empty_record_has_nothing_to_sign_for(tmp_path: Path) -> None:
    result = run("checkpoint", "--sign", "--data", str(tmp_path / "empty"))

    assert result.exit_code == 1
    assert "nothing of this record was signed" in result.output


@pytest.mark.only_on("sqlite", because="a record in a database is signed for by hand beside its servers, one at a time")
def test_a_record_that_a_server_owns_is_signed_for_by_the_server(owned: Path) -> None:  # noqa: F811
    assert run("checkpoint", "--sign").exit_code == 4


def test_a_proof_is_printed_as_a_file(data: Path) -> None:  # noqa: F811
    assert run("proof", "1").exit_code == 2
    run("checkpoint", "--sign")

    proof = run("proof", "3")

    assert proof.exit_code == 0
    assert proof.stdout.startswith("c2sp.org/tlog-proof@v1\nextra ")
    assert proof.stdout.endswith(run("checkpoint").stdout)
    beyond = run("proof", "4")
    assert beyond.exit_code == 2
    assert "no event 4" in beyond.output


def test_a_lost_key_is_no_reason_to_sign_with_another(data: Path) -> None:  # noqa: F811
    run("checkpoint", "--sign")
    kept = run("checkpoint").stdout
    (data / KEY_FILE).unlink()

    result = run("checkpoint", "--sign")

    assert result.exit_code == 2
    assert "there is no key at" in result.output
    assert not (data / KEY_FILE).exists()
    assert run("checkpoint").stdout == kept
