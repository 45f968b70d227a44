"""Read models whose file is damaged: every question is answered, or told why not and what is to be done; none meets a fault of ours."""

from __future__ import annotations

import logging
import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import stores
from tests.audit.sealing import rebuilt
from tests.web.asking import Client
from txapi.projections.follower import DAMAGED
from txapi.projections.views import views_file
from txapi.record.damage import is_damage
from txapi.web.instance import Instance

pytestmark = pytest.mark.only_on(stores.SQLITE, because="no file of read models is there elsewhere")

PAGE = 4_096
OPERATIONS = Path(__file__).resolve().parents[2] / "schema" / "operations"
QUESTIONS = [
    (OPERATIONS / f"{name}.graphql").read_text(encoding="utf-8") for name in ("Record", "Tickets", "Units", "Board")
]


def damage(chance: random.Random, path: Path) -> None:
    """Flip bytes at the beginnings of pages: where tables and indexes begin, and in some of their cells."""
    content = bytearray(path.read_bytes())
    with closing(sqlite3.connect(path)) as connection:
        pages = [page for (page,) in connection.execute("SELECT rootpage FROM sqlite_master WHERE rootpage > 0")]
    for _ in range(chance.choice((1, 5, 30))):
        at = (chance.choice(pages) - 1) * PAGE + chance.choice((0, 1, 3, 5, 8, chance.randrange(PAGE), PAGE - 90))
        for each in range(at, min(len(content), at + chance.choice((1, 4, 64, 500)))):
            content[each] ^= chance.randrange(1, 256)
    path.write_bytes(bytes(content))


@contextmanager
def served(folder: Path) -> Iterator[Client]:
    """An app over the record, followed as far as that goes."""
    instance = Instance.open(folder)
    try:
        instance.start()
        while not instance.views.wait_for(instance.record.head.position, 0.02):
            # Or it says that it cannot, and why.
            if instance.following.last_error is not None:
                assert instance.following.last_error == DAMAGED
                assert DAMAGED in instance.readiness().problems
                break
        yield Client(instance, folder)
    finally:
        instance.stop()


def asked(client: Client) -> list[Any]:
    token = client.token()
    return [client.post(question, token=token).json() for question in QUESTIONS]


def test_what_is_damaged_is_told_with_what_to_do_and_is_mended_by_it(
    kept: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with served(shutil.copytree(kept, tmp_path / "whole")) as client:
        whole = asked(client)
        assert not any("errors" in answer for answer in whole)
    told: Counter[str] = Counter()
    for number in range(8):
        folder = shutil.copytree(kept, tmp_path / str(number))
        damage(random.Random(number), views_file(folder))
        try:
            with caplog.at_level(logging.ERROR), served(folder) as client:
                answers = asked(client)
        except sqlite3.DatabaseError as error:
            # It did not begin to serve, which a terminal is told in words.
            told["not served" if is_damage(error) else "without words"] += 1
            answers = []
        codes = [error["extensions"]["code"] for answer in answers for error in answer.get("errors", ())]
        assert set(codes) <= {"STORE_DAMAGED"}, (number, answers)
        told.update(codes)
        if codes or not answers:
            rebuilt(folder)
            with served(folder) as client:
                assert not any("errors" in answer for answer in asked(client))

    assert told["STORE_DAMAGED"]
    assert not told["without words"]
    assert any("txapi rebuild --replace" in record.getMessage() for record in caplog.records)
