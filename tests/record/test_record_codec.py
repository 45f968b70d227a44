"""Events become bytes and come back, whatever version wrote them."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from eventsourcing.persistence import MapperDeserialisationError
from hypothesis import given
from hypothesis import strategies as st

from tests.record.letters import Letter, said, written
from txapi.domain.event import Event, TimeBasis
from txapi.record.codec import EventMapper
from txapi.record.conflicts import UnknownTopic
from txapi.record.ids import SeededIds


class Weighed(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The parcel was weighed. Form 1 had kilograms as text; form 2 grams; form 3 says who weighed."""

    TOPIC = "parceltest.weighed"
    class_version = 3
    grams: int
    by: str

    def apply(self, aggregate: Any) -> None:
        aggregate.grams = self.grams

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        state["grams"] = round(float(state.pop("kilograms")) * 1000)

    @staticmethod
    def upcast_v2_v3(state: dict[str, Any]) -> None:
        state["by"] = "unknown"


_META = '"meta":{"decided_at":"2015-08-11T04:00:00Z","actor":{"subject":"w","role":"clerk"},"correlation_id":"c"}'
FORM_1 = f'{{"originator_id":"p","originator_version":1,{_META},"event_id":"e","salt":"s","kilograms":"2.5"}}'.encode()
FORM_2 = FORM_1.replace(b'"kilograms":"2.5"', b'"schema_version":2,"grams":2500')
FORM_4 = FORM_1.replace(b'"kilograms":"2.5"', b'"schema_version":4,"milligrams":1,"grams":1,"by":"x"')


def test_a_sealed_event_has_an_id_a_salt_and_the_version_of_its_form() -> None:
    sealed = EventMapper().seal(Weighed(originator_id="p", originator_version=1, meta=said(), grams=1, by="li"))

    assert len(sealed.event_id) == 36
    assert sealed.event_id[14] == "4"
    assert len(sealed.salt) == 32
    assert sealed.schema_version == 3


def test_sealing_twice_changes_nothing() -> None:
    mapper = EventMapper()
    sealed = mapper.seal(written("a").pending[0])

    assert mapper.seal(sealed) == sealed


def test_an_event_names_the_clock_that_records_it() -> None:
    event = written("a").pending[0]

    assert EventMapper(clock=TimeBasis.OFFSET).seal(event).meta.clock is TimeBasis.OFFSET


@given(st.text(), st.datetimes(timezones=st.just(UTC)))
def test_what_is_read_is_what_was_sealed(text: str, at: datetime) -> None:
    mapper = EventMapper()
    sealed = mapper.seal(Letter.Noted(originator_id="a", originator_version=7, meta=said(at), text=text))

    stored = mapper.to_stored_event(sealed)

    assert (stored.originator_id, stored.originator_version, stored.topic) == ("a", 7, "letter.noted")
    assert mapper.to_domain_event(stored) == sealed


def test_the_same_seed_writes_the_same_bytes() -> None:
    event = written("a").pending[0]

    first, again, other = (EventMapper(SeededIds(seed)).to_stored_event(event).state for seed in (7, 7, 8))

    assert first == again != other


@pytest.mark.parametrize("older", [FORM_1, FORM_2])
def test_bytes_of_an_older_form_are_read_as_the_form_of_today(older: bytes) -> None:
    event = EventMapper().decode("p", 1, Weighed.TOPIC, older)

    assert isinstance(event, Weighed)
    assert event.grams == 2500
    assert event.by == "unknown"
    assert event.schema_version == 3
    assert event.event_id == "e"


def test_bytes_of_a_newer_form_are_refused_rather_than_half_read() -> None:
    with pytest.raises(MapperDeserialisationError, match="form 4 is newer than 3"):
        EventMapper().decode("p", 1, Weighed.TOPIC, FORM_4)


def test_a_newer_form_of_an_event_that_never_changed_is_refused_too() -> None:
    mapper = EventMapper()
    state = mapper.to_stored_event(written("a").pending[0]).state.replace(b'"number"', b'"schema_version":2,"number"')

    with pytest.raises(MapperDeserialisationError, match="form 2 is newer than 1"):
        mapper.decode("a", 1, "letter.written", state)


@pytest.mark.parametrize("state", [b"", b"{", b"null", b'"\xff"', b"{}", FORM_1.replace(b'"2.5"', b'"heavy"')])
def test_an_error_in_stored_bytes_names_stream_version_and_topic(state: bytes) -> None:
    with pytest.raises(MapperDeserialisationError, match=r"event 1 of stream p with topic 'parceltest\.weighed'"):
        EventMapper().decode("p", 1, Weighed.TOPIC, state)


def test_an_unknown_topic_says_so() -> None:
    with pytest.raises(UnknownTopic, match=r"event 3 of stream p with topic 'no\.such'.*no event class"):
        EventMapper().decode("p", 3, "no.such", b"{}")


def test_bytes_moved_to_another_place_of_the_record_are_noticed() -> None:
    mapper = EventMapper()
    stored = mapper.to_stored_event(written("a").pending[0])

    with pytest.raises(MapperDeserialisationError, match="belong to stream a version 1"):
        mapper.to_domain_event(replace(stored, originator_id="b"))
    with pytest.raises(MapperDeserialisationError, match="belong to stream a version 1"):
        mapper.to_domain_event(replace(stored, originator_version=2))


def test_threads_that_meet_a_topic_for_the_first_time_make_its_decoder_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make, making, most = msgspec.json.Decoder, [], []

    def slow(cls: type[Event]) -> Any:
        making.append(cls)
        time.sleep(0.05)
        most.append(len(making))
        making.pop()
        return make(cls)

    monkeypatch.setattr(msgspec.json, "Decoder", slow)
    mapper = EventMapper()
    [letter] = map(mapper.seal, written("a").pending)
    stored = mapper.encode(letter)

    with ThreadPoolExecutor(3) as threads:
        read = list(threads.map(lambda _: mapper.decode("a", 1, letter.TOPIC, stored), range(3)))

    assert read == [letter] * 3
    assert set(most) == {1}
