"""A server and its witnesses, each a process of its own: what is published, and what happens to a rewritten record."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.audit.witnessed import Witnessing
from tests.by_hand import by_hand
from tests.stores import place
from tests.web.serving import REGISTER, Served, unit
from txapi.audit.checker import Policy
from txapi.cli.root import txapi
from txapi.projections.views import views_schema
from txapi.record.ledger import LEDGER_FILE
from txapi.record.postgres.database import PostgresDatabase

pytestmark = pytest.mark.slow


def vkey_of(folder: Path) -> str:
    """The verifier key of the record in the folder, which is signed for if it never was."""
    with by_hand(folder, "ledger") as connection:
        return str(connection.execute("SELECT value FROM meta WHERE key = 'vkey'").fetchone()[0])


def policy_file(folder: Path, log: str, *witnesses: Witnessing, quorum: str) -> Path:
    """A policy that asks the witnesses, of which `quorum` (any, all) must sign."""
    lines = [f"log {log}", *(f"witness {each.name} {each.vkey} {each.address}" for each in witnesses)]
    lines += [f"group enough {quorum} {' '.join(each.name for each in witnesses)}", "quorum enough"]
    path = folder / f"policy-{quorum}"
    path.write_text("\n".join(lines) + "\n")
    return path


def published(server: Served, size: int) -> str | None:
    """The published checkpoint once it attests that many events; None if it does not within seconds."""
    for _ in range(80):
        response = server.client.get("/log/checkpoint")
        if response.status_code == 200 and int(response.text.splitlines()[1]) >= size:
            return response.text
        time.sleep(0.1)
    return None


def write(server: Served, code: str) -> int:
    """Register a unit; the position of its event."""
    receipt = server.post(REGISTER, unit(code), server.token()).json()["data"]["registerUnit"]
    return int(receipt["position"])


@pytest.mark.only_on(
    "sqlite", because="witnesses are shown checkpoints, which both stores keep alike (tests/record/test_ledger.py)"
)
def test_a_checkpoint_is_published_when_enough_witnesses_signed_and_a_rewritten_record_is_signed_by_none(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    with Served(data) as server:
        first = write(server, "first")
        assert published(server, first) is not None
    log = vkey_of(data)

    with Witnessing(tmp_path, "a", log) as a, Witnessing(tmp_path, "b", log) as b:
        policy = policy_file(tmp_path, log, a, b, quorum="all")
        with Served(data, TXAPI_POLICY=str(policy)) as server:
            second = write(server, "second")
            both = published(server, second)
            assert both is not None
            assert [each.witness for each in Policy.parse(policy.read_bytes()).verify(both).cosignatures] == ["a", "b"]

            # One of two that must sign is away: the checkpoint before stays the published one.
            b.stop()
            third = write(server, "third")
            time.sleep(2.5)
            assert published_size(server) == second

        # The operator deletes an event, and signs a new ledger with the same key, as if nothing had been.
        forget(data)
        with by_hand(data, "record") as connection:
            connection.execute("DELETE FROM events WHERE position = ?", (third,))
            connection.execute("DELETE FROM commands")
            connection.execute("UPDATE events SET recorded_at = recorded_at - 1 WHERE position = ?", (second,))
        anyone = policy_file(tmp_path, log, a, quorum="any")
        with Served(data, TXAPI_POLICY=str(anyone)) as server:
            fourth = write(server, "fourth")
            time.sleep(2.5)

            refused = server.client.get("/log/checkpoint")
            assert refused.status_code == 404
            assert refused.json()["errors"][0]["extensions"]["code"] == "NOTHING_SIGNED"
            assert fourth == third
        assert "did not co-sign" in server.log.read_text()


def forget(data: Path) -> None:
    """The ledger and the read models of the record, as if there had never been any."""
    where = place(data)
    if where.database is None:
        for path in (*data.glob(f"{LEDGER_FILE}*"), *data.glob("views-*")):
            path.unlink()
        return
    for schema in ("ledger", views_schema()):
        with closing(PostgresDatabase(where.database, schema)) as database:
            database.drop()


def published_size(server: Served) -> int:
    """How many events the published checkpoint attests."""
    return int(server.client.get("/log/checkpoint").text.splitlines()[1])


@pytest.mark.parametrize("content", [None, "quorum nobody\n", "witness\n"])
def test_a_policy_that_makes_no_sense_is_no_reason_to_serve_without_one(tmp_path: Path, content: str | None) -> None:
    policy = tmp_path / "policy"
    if content is not None:
        policy.write_text(content)

    done = CliRunner().invoke(
        txapi, ["serve", "--data", str(tmp_path / "data"), "--port", "0"], env={"TXAPI_POLICY": str(policy)}
    )

    assert done.exit_code == 2
    assert "TXAPI_POLICY" in done.stderr
