"""The codec: events to the bytes that the record keeps, and back, whatever version wrote them.

The stored form is the JSON of the whole event. Sealing an event gives it what only the record can: its id, its salt,
the version of its form, and whose clock records it.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import msgspec
from eventsourcing.persistence import Mapper, MapperDeserialisationError, StoredEvent, Transcoder

from txapi.domain.event import Event, TimeBasis
from txapi.record.conflicts import UnknownTopic
from txapi.record.ids import Ids, RandomIds

if TYPE_CHECKING:
    from eventsourcing.domain import DomainEventProtocol

_encode = msgspec.json.Encoder().encode
_replace = msgspec.structs.replace


class _Form(msgspec.Struct):
    """What must be known of stored bytes before they are read as an event of today."""

    schema_version: int = 1


_form_of = msgspec.json.Decoder(_Form).decode
_making = threading.Lock()


class JSONTranscoder(Transcoder):
    """JSON by msgspec, for the library's interface."""

    def encode(self, obj: Any) -> bytes:
        """The JSON of a value."""
        return _encode(obj)

    def decode(self, data: bytes) -> Any:
        """The plain value of the JSON."""
        return msgspec.json.decode(data)


class EventMapper(Mapper[str]):
    """Seals and encodes events, decodes and upcasts stored ones.

    `ids` gives event ids and salts; `clock` is the basis of the record's clock, which every sealed event names.
    """

    def __init__(self, ids: Ids | None = None, clock: TimeBasis = TimeBasis.SYSTEM) -> None:
        super().__init__(JSONTranscoder())
        self._ids = ids or RandomIds()
        self._clock = clock
        self._decoders: dict[str, tuple[type[Event], msgspec.json.Decoder[Event]]] = {}

    def seal(self, event: Event) -> Event:
        """The event as it will be kept. A sealed event keeps its id and salt, so sealing twice changes nothing."""
        meta = event.meta
        return _replace(
            event,
            event_id=event.event_id or self._ids.uuid(),
            salt=event.salt or self._ids.salt(),
            schema_version=event.class_version,
            meta=meta if meta.clock is self._clock else _replace(meta, clock=self._clock),
        )

    @staticmethod
    def encode(sealed: Event) -> bytes:
        """The bytes that the record keeps of a sealed event."""
        return _encode(sealed)

    @staticmethod
    def form_of(state: bytes) -> int:
        """The version of the form that stored bytes are in. A msgspec error where they are no event."""
        return _form_of(state).schema_version

    def decode(self, stream: str, version: int, topic: str, state: bytes) -> Event:
        """The event of the stored bytes, brought up to today's form.

        UnknownTopic where no class has the topic; MapperDeserialisationError, naming stream, version and topic, where
        the bytes are not an event of that topic or belong to another place in the record.
        """
        cls, decoder = self._decoders.get(topic) or self._decoder(stream, version, topic)
        try:
            event = decoder.decode(state) if cls.class_version == 1 else _in_todays_form(cls, decoder, state)
            if event.schema_version != cls.class_version:
                raise ValueError(
                    f"its form {event.schema_version} is newer than {cls.class_version}, the newest known here"
                )
            if event.originator_id != stream or event.originator_version != version:
                raise ValueError(f"its bytes belong to stream {event.originator_id} version {event.originator_version}")
        except Exception as error:
            raise MapperDeserialisationError(_place(stream, version, topic) + f" cannot be read: {error}") from error
        return event

    def _decoder(self, stream: str, version: int, topic: str) -> tuple[type[Event], msgspec.json.Decoder[Event]]:
        cls = Event.registry.get(topic)
        if cls is None:
            raise UnknownTopic(_place(stream, version, topic) + " cannot be read: no event class has this topic")
        # msgspec shares what it knows of a struct before it is complete: a decoder that another thread makes meanwhile of an event
        # with the same struct inside would read what is not there yet, and end the process.
        with _making:
            found = self._decoders[topic] = (cls, msgspec.json.Decoder(cls))
        return found

    # -- the library's interface -------------------------------------------------------------------------------

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        """Seal and encode; a TypeError where the event is none of this project's."""
        if not isinstance(domain_event, Event):
            raise TypeError(f"{type(domain_event).__name__} is no event of this record")
        sealed = self.seal(domain_event)
        return StoredEvent(sealed.originator_id, sealed.originator_version, sealed.TOPIC, _encode(sealed))

    def to_domain_event(self, stored_event: StoredEvent) -> Event:
        """The event of a stored event; errors as `decode`."""
        return self.decode(
            str(stored_event.originator_id), stored_event.originator_version, stored_event.topic, stored_event.state
        )


def _place(stream: str, version: int, topic: str) -> str:
    return f"event {version} of stream {stream} with topic {topic!r}"


def _in_todays_form(cls: type[Event], decoder: msgspec.json.Decoder[Event], state: bytes) -> Event:
    form = _form_of(state).schema_version
    if form >= cls.class_version:
        return decoder.decode(state)
    older: dict[str, Any] = msgspec.json.decode(state)
    while form < cls.class_version:
        getattr(cls, f"upcast_v{form}_v{form + 1}")(older)
        form += 1
    older["schema_version"] = form
    # The typed decoder reads the upcast state again, so that what an upcast leaves is checked like stored bytes.
    return decoder.decode(_encode(older))
