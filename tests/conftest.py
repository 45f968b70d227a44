"""How tests run: a record's on both stores, and property tests with the same examples every time and no clock."""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import stores
from tests.faults.size import SIZE
from tests.postgres import memory

settings.register_profile(
    "repeatable", derandomize=True, max_examples=50, deadline=None, print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
# For whoever goes looking for trouble: HYPOTHESIS_PROFILE=search draws other examples each time, and many more.
settings.register_profile("search", parent=settings.get_profile("repeatable"), derandomize=False, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

HERE = Path(__file__).parent
FEWER = 5
_SETTINGS_OF_A_TEST = "_hypothesis_internal_use_settings"

ON_BOTH_STORES: tuple[str, ...] = (
    "application/",
    "audit/test_compare",
    "audit/test_question_",
    "audit/test_statements_of_questions.py",
    "audit/test_tables.py",
    "datasets/test_facts.py",
    "datasets/test_tongxiang.py",
    "faults/test_blue_green.py",
    "faults/test_killed_servers.py",
    "fuzz/test_attacks.py",
    "fuzz/test_requests.py",
    "fuzz/test_schemathesis.py",
    "projections/",
    "receipts/",
    "record/test_files.py",
    "record/test_key_rotation.py",
    "record/test_ledger.py",
    "record/test_master_key_rotation.py",
    "record/test_person_keys.py",
    "record/test_record_concurrency.py",
    "record/test_record_faults.py",
    "record/test_record_places.py",
    "record/test_record_processes.py",
    "record/test_record_store.py",
    "record/test_record_writer.py",
    "schema/",
    "web/",
)
"""Folders and modules whose tests run once on each store. What keeps no record runs once."""


def pytest_configure() -> None:
    """Records and all files of tests lie in memory where there is room: on a disk, each of many events waits some milliseconds for it.

    Fault tests have the disk, and so have all where no program may be run from memory.
    """
    found = memory()
    if not SIZE and found is not None and not os.statvfs(found).f_flag & os.ST_NOEXEC:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(found))
        # Also what the product makes for a while, and in processes that a test starts: a replay, an export, a page of examples.
        tempfile.tempdir = os.environ.setdefault("TMPDIR", str(found))


def pytest_collection() -> None:
    """Nothing that is imported or collected is garbage: the collector of garbage begins with the first test."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Thousands of tests, and all that they import, stay to the end: nobody looks through them for garbage again and again."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of a record on both stores; those marked `only_on` name one, with the reason. Those marked `slow_on` are slow there."""
    path = metafunc.definition.path.relative_to(HERE).as_posix()
    only = metafunc.definition.get_closest_marker("only_on")
    if only is not None:
        [named] = only.args
        assert only.kwargs["because"]
        metafunc.parametrize("store", [named], indirect=True)
    elif path.startswith(ON_BOTH_STORES):
        slow = {each.args[0] for each in metafunc.definition.iter_markers("slow_on")}
        on = [pytest.param(store, marks=pytest.mark.slow if store in slow else ()) for store in stores.STORES]
        metafunc.parametrize("store", on, indirect=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Property tests draw fewer examples on PostgreSQL: what they are about was tried with all of them on SQLite."""
    test = getattr(item, "obj", None)
    told: settings | None = getattr(test, _SETTINGS_OF_A_TEST, None)
    called = getattr(item, "callspec", None)
    fewer = told is not None and called is not None and called.params.get("store") == stores.POSTGRESQL
    if not fewer:
        return (yield)
    assert told is not None
    setattr(test, _SETTINGS_OF_A_TEST, settings(told, max_examples=max(2, told.max_examples // FEWER)))
    try:
        return (yield)
    finally:
        setattr(test, _SETTINGS_OF_A_TEST, told)


@pytest.fixture(scope="module", autouse=True)
def store(request: pytest.FixtureRequest) -> Iterator[str]:
    """The store that the tests of a module run on, one after the other. A fixture that several tests share asks for it."""
    named = getattr(request, "param", stores.SQLITE)
    with stores.running_on(named):
        yield named


@pytest.fixture(autouse=True)
def databases_of_its_own(store: str) -> Iterator[None]:
    """What a test has made is dropped with it, and not what several share."""
    with stores.dropped_again():
        yield
