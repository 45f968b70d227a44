"""The page on several nodes is true: its commands are typed as they stand, from an empty server on, and print what it shows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.check_backup_page import sign
from tests.deploy.pages import follow
from tests.docs.blocks import blocks_of
from tests.docs.demo import ROOT, Shell
from tests.postgres import Server, free_port
from txapi.cli.load import DEMONSTRATION, load_into
from txapi.record.keys import write_key

PAGE = ROOT / "docs" / "nodes.md"
BY_PASSWORD = "local all txapi scram-sha-256\nhost all txapi 127.0.0.1/32 scram-sha-256\n"


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A shell beside a record in files and a PostgreSQL that wants a password from everybody but its superuser."""
    first = tmp_path / "first"
    load_into(first, DEMONSTRATION)
    sign(first)
    write_key(first / "token-key.pem")
    with Server() as server:
        rules = server.data / "pg_hba.conf"
        rules.write_text(BY_PASSWORD + rules.read_text(encoding="utf-8"), encoding="utf-8")
        server.stop()
        server.start()
        shell = Shell(
            tmp_path / "shell.log",
            PATH=os.pathsep.join([str(server.programs.folder), os.environ["PATH"]]),
            PGHOST="127.0.0.1",
            PGPORT=str(server.port),
            PGUSER="postgres",
            PGPASSFILE=str(tmp_path / "passfile"),
            database=f"postgresql://txapi@127.0.0.1:{server.port}/tongxiang",
            password="it's secret",
            first=str(first),
            second=str(tmp_path / "second"),
            port1=str(free_port()),
            port2=str(free_port()),
        )
        try:
            yield shell
        finally:
            shell.run("kill -KILL $(jobs -p) 2>/dev/null; true")
            shell.stop()


def test_a_record_goes_on_several_nodes_as_the_page_says(shell: Shell) -> None:
    follow([block for block in blocks_of(PAGE) if block.language == "console"], shell)

    assert "it's secret" not in shell.run('cat "$first/serve.log" "$second/serve.log"')
