"""Every event version has a stored sample that is never edited, and today's code reads all of them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.city import City
from tests.contracts.every_event import record_every_event
from txapi.domain.event import Event
from txapi.record.codec import EventMapper
from txapi.record.ids import SeededIds

ROOT = Path(__file__).resolve().parent.parent.parent
SAMPLES = ROOT / "domain" / "samples"
OURS = {topic: event for topic, event in Event.registry.items() if event.__module__.startswith("txapi.")}
VERSIONS = [(topic, version) for topic, event in sorted(OURS.items()) for version in range(1, event.class_version + 1)]


def read(path: Path) -> Event:
    """The event in a sample, as the record would read it."""
    state = path.read_bytes()
    told = json.loads(state)
    topic = path.name.rpartition(".v")[0]
    return EventMapper(SeededIds(1)).decode(told["originator_id"], told["originator_version"], topic, state)


@pytest.mark.parametrize(("topic", "version"), VERSIONS)
def test_every_version_of_every_event_has_a_sample_that_todays_code_reads(topic: str, version: int) -> None:
    path = SAMPLES / f"{topic}.v{version}.json"

    event = read(path)

    assert type(event) is OURS[topic]
    assert event.schema_version == OURS[topic].class_version
    assert event.event_id
    assert len(event.salt) == 32


def test_samples_are_never_edited() -> None:
    lines = (SAMPLES / "SHA256SUMS").read_text().splitlines()
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}

    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in SAMPLES.glob("*.json")}

    assert found == sums


@pytest.mark.parametrize(("topic", "version"), VERSIONS)
def test_a_sample_fits_the_published_schema_of_its_version(topic: str, version: int) -> None:
    schema = json.loads((ROOT / "domain" / "events" / f"{topic}.v{version}.json").read_bytes())

    Draft202012Validator(schema).validate(json.loads((SAMPLES / f"{topic}.v{version}.json").read_bytes()))


def test_the_first_form_of_a_units_registration_is_brought_up() -> None:
    stored = json.loads((SAMPLES / "unit.registered.v1.json").read_bytes())

    event = read(SAMPLES / "unit.registered.v1.json")

    assert "order" in stored
    assert "official_order" not in stored
    assert event.official_order == stored["order"]  # type: ignore[attr-defined]
    assert event.code == stored["code"]  # type: ignore[attr-defined]


def test_the_script_of_every_event_records_every_event(tmp_path: Path) -> None:
    city = City(tmp_path)

    record_every_event(city)

    recorded = {recorded.event.TOPIC for recorded in city.record.read_all()}
    assert set(OURS) - recorded == set()
    assert city.record.derived_indexes() == city.record.indexes()
    city.close()
