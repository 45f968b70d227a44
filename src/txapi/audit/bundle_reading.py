"""A bundle 证据包, read: a record that was taken away in one file. Nothing in it is believed before it is verified."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from txapi.audit.checker import TILE_WIDTH, Tile
from txapi.audit.verifying.archive import METHODS, strange_bytes, unpacked
from txapi.audit.verifying.shown import ShownCheckpoint, ShownStatement, StoredRow
from txapi.record.codec import EventMapper
from txapi.record.conflicts import NotARecord
from txapi.record.instants import instant, rfc3339
from txapi.record.naming import ATTACHED, named_in
from txapi.record.record import RECORD_FILE, Record
from txapi.record.sqlite_store import SQLiteStore
from txapi.record.store import Changes, Row

FORMAT = "txapi.bundle/v1"

MANIFEST, README, EVENTS, FACTS = "manifest.json", "README.md", "events.ndjson", "facts.ndjson"
CHECKPOINT, CHECKPOINTS, HANDOVERS = "checkpoint", "checkpoints/", "handovers/"
VKEY, POLICY, STATEMENTS, SCHEMAS, TILES, FILES = "vkey", "policy", "statements/", "schemas/", "tile/", "files/"

EVENT = b',"event":'
"""What comes before the stored bytes in a line. No JSON text before it can hold these bytes: its quotes are escaped."""

MOST_SMALL_BYTES = 64 << 20
"""The largest member that is read at once: the manifest of a hundred million events is smaller."""

MOST_LINE_BYTES = 4 << 20
"""The longest line of events.ndjson. A server takes requests of one megabyte, and no event is larger than what it was asked."""

_PAGE = 1_000
_NUMBER = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
_FORM = b'"schema_version":'
"""What stored bytes hold somewhere where the event is not in the first form of its topic."""


class BadBundle(NotARecord):
    """The file is no bundle, or one that cannot be used for what was asked."""


class Code(msgspec.Struct, frozen=True):
    """Which version of the code wrote the bundle."""

    version: str
    fingerprint: str


class Attested(msgspec.Struct, frozen=True):
    """The checkpoint that attests every event of the bundle: its size, and its root in base64."""

    size: int
    root: str


class Manifest(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What a bundle says of itself. `first` and `last` are positions; `members` the SHA-256 of every other member in hex."""

    format: str
    record_id: str
    origin: str
    first: int = msgspec.field(name="from")
    last: int = msgspec.field(name="to")
    head_recorded_at: str
    checkpoint: Attested
    code: Code
    members: dict[str, str]


def manifest_bytes(manifest: Manifest) -> bytes:
    """The member: there is one way to write a manifest."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def facts_bytes(facts: Mapping[str, str]) -> bytes:
    """The member that holds what a record says of itself: what every statement of bookkeeping has hashed."""
    return b"".join(msgspec.json.encode(fact) + b"\n" for fact in sorted(facts.items()))


def schema_name(topic: str, form: int) -> str:
    """The file of the schema of a version of a kind of event."""
    return f"{topic}.v{form}.json"


def root_text(root: bytes) -> str:
    """A root as the manifest writes it."""
    return base64.b64encode(root).decode()


class _Head(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A line of events.ndjson without the event."""

    position: int
    recorded_at: str
    recorded_at_micros: int
    stream: str
    version: int
    topic: str


_read_head = msgspec.json.Decoder(_Head).decode
_quoted = msgspec.json.Encoder().encode


def line_of(position: int, recorded_at: int, stream: str, version: int, topic: str, state: bytes) -> bytes:
    """A line of events.ndjson, without the newline: the event's place, and last, verbatim, its stored bytes."""
    return b'{"position":%d,"recordedAt":"%s","recordedAtMicros":%d,"stream":%s,"version":%d,"topic":%s%s%s}' % (
        position,
        rfc3339(instant(recorded_at)).encode(),
        recorded_at,
        _quoted(stream),
        version,
        _quoted(topic),
        EVENT,
        state,
    )


def row_of(line: bytes) -> StoredRow:
    """The event of a line, which must be written exactly as `line_of` writes it. A ValueError where it is not."""
    head, found, state = line[:-1].partition(EVENT)
    if not found or line[-1:] != b"}":
        raise ValueError("the line is no object that ends with the member `event`")
    told = _read_head(head + b"}")
    row = StoredRow(told.position, told.recorded_at_micros, told.stream, told.version, told.topic, state)
    if line_of(*row) != line:
        raise ValueError(
            "the line is not written as the format says: other members, order, blanks, or another recordedAt"
        )
    return row


class BundleFile:
    """A bundle, opened. BadBundle where the file is none, of another format, or claims more than it could hold.

    Lines that cannot be read are given as rows that no ledger can hold; `strange_line` tells of the first. What going
    through `rows` has shown is in `forms` and `last_recorded_at`.
    """

    judged_by: str | None = None

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
            raise BadBundle(f"{path} cannot be read as a bundle: {error}") from error
        self._file = os.open(path, os.O_RDONLY)
        try:
            self.members = {info.filename: info for info in self._zip.infolist()}
            """Every member by its name: of those that are there twice, the last."""
            if any(info.compress_type not in METHODS for info in self._zip.infolist()):
                raise BadBundle(f"{path} is no bundle: a member is packed in another way than by deflate")
            try:
                self.manifest = msgspec.json.decode(self.content(MANIFEST), type=Manifest)
            except (KeyError, msgspec.MsgspecError, UnicodeDecodeError) as error:
                raise BadBundle(f"{path} is no bundle: its manifest cannot be read: {error}") from error
            if self.manifest.format != FORMAT:
                raise BadBundle(f"{path} is a bundle of format {self.manifest.format!r}; this version knows {FORMAT}")
            self._checkpoints = sorted(self.numbered(CHECKPOINTS))
            self._must_be_possible()
            self.vkey = self._text(VKEY)
            self.policy = self.content(POLICY) if POLICY in self.members else None
        except BaseException:
            self.close()
            raise
        self.record_id = self.manifest.record_id
        self.origin: str | None = self.manifest.origin
        self.first, self.last = self.manifest.first, self.manifest.last
        self.forms: set[tuple[str, int]] = set()
        """The topics of the events, each with the versions of the form that they are in."""
        self.last_recorded_at: int | None = None
        """When the last event was recorded, in microseconds since 1970 UTC."""
        self.strange_line: tuple[int, str] | None = None
        """The position of the first line that cannot be read, and why."""
        self.named: dict[str, int] = {}
        """The files that the events name, by their SHA-256, with the position of the first event that does."""
        self._events_digest: str | None = None

    def _must_be_possible(self) -> None:
        """So that nobody is kept busy with a tree that no file of this size can prove."""
        first, last, size = self.manifest.first, self.manifest.last, self.manifest.checkpoint.size
        if not 1 <= first <= last <= size:
            raise BadBundle(f"{self.path} claims positions {first} to {last} of {size} that are attested")
        largest = max([size, *(size for size, _ in self._checkpoints)])
        tiles = largest // TILE_WIDTH - first // TILE_WIDTH + largest // TILE_WIDTH**2
        if tiles > 2 * len(self.members) + 1_000:
            raise BadBundle(f"{self.path} claims a tree of {largest} events, and holds {len(self.members)} members")

    def close(self) -> None:
        """Let go of the file. To be called once."""
        self._zip.close()
        os.close(self._file)

    def __enter__(self) -> BundleFile:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def content(self, name: str) -> bytes:
        """A member as a whole. A KeyError where there is none; BadBundle where it is damaged, or larger than MOST_SMALL_BYTES."""
        if self.members[name].file_size > MOST_SMALL_BYTES:
            raise BadBundle(f"{self.path} holds a {name} of {self.members[name].file_size} bytes")
        return b"".join(self._chunks(name))

    def _chunks(self, name: str) -> Iterator[bytes]:
        """The content of a member, piece by piece. BadBundle where the file is damaged."""
        try:
            yield from unpacked(self._file, self.members[name])
        except (zlib.error, ValueError, OSError) as error:
            raise BadBundle(f"the member {name} cannot be read: {error}") from error

    def _text(self, name: str) -> str | None:
        return self.content(name).decode("utf-8", "replace").removesuffix("\n") if name in self.members else None

    def numbered(self, folder: str) -> Iterator[tuple[int, str]]:
        """The members below a folder whose names begin with the size of a checkpoint: that size, and the member's name."""
        for name in self.members:
            number = name.removeprefix(folder).partition(".")[0]
            if name.startswith(folder) and _NUMBER.fullmatch(number):
                yield int(number), name

    # -- what it shows -----------------------------------------------------------------------------------------------

    def rows(self) -> Iterator[list[StoredRow]]:
        """The events in the order in which they lie, some at a time. BadBundle at a line longer than MOST_LINE_BYTES."""
        digest, rows, number, rest = hashlib.sha256(), list[StoredRow](), self.first, b""
        if EVENTS not in self.members:
            return
        for chunk in self._chunks(EVENTS):
            digest.update(chunk)
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                rows.append(self._row(line, number))
                number = rows[-1].position + 1
                if len(rows) == _PAGE:
                    yield rows
                    rows = []
            # What is carried along to the next chunk is looked through again with it, and so must stay short.
            self._bound(rest, number)
        if rest:
            rows.append(self._row(rest, number))
        self._events_digest = digest.hexdigest()
        if rows:
            yield rows

    def _bound(self, line: bytes, number: int) -> None:
        if len(line) > MOST_LINE_BYTES:
            raise BadBundle(f"the line that should hold position {number} is longer than {MOST_LINE_BYTES} bytes")

    def _row(self, line: bytes, number: int) -> StoredRow:
        self._bound(line, number)
        try:
            row = row_of(line)
        except (ValueError, OverflowError) as error:
            if self.strange_line is None:
                self.strange_line = number, f"the line that should hold position {number} cannot be read: {error}"
            return StoredRow(number, -1, "", 0, "", line)
        self.last_recorded_at = row.recorded_at
        if row.topic == ATTACHED and (sha256 := named_in(row.state)) is not None:
            self.named.setdefault(sha256, row.position)
        if _FORM not in row.state:
            self.forms.add((row.topic, 1))
        else:
            with suppress(msgspec.MsgspecError, UnicodeDecodeError):  # Whoever reads the event tells of it.
                self.forms.add((row.topic, EventMapper.form_of(row.state)))
        return row

    def checkpoints(self) -> Iterator[ShownCheckpoint]:
        """The checkpoints, the smallest first."""
        for size, name in self._checkpoints:
            yield ShownCheckpoint(size, self._text_as_it_is(name))

    def statements(self, kind: str) -> Iterator[ShownStatement]:
        """The signed statements of a kind, beside the smallest checkpoint first."""
        folder = f"{STATEMENTS}{kind}/"
        for size, name in sorted(self.numbered(folder)):
            yield ShownStatement(size, name.removeprefix(folder).partition(".")[2], self._text_as_it_is(name))

    def handovers(self) -> list[str]:
        """The signed hand-overs of the record's key."""
        return [self._text_as_it_is(name) for _, name in sorted(self.numbered(HANDOVERS))]

    def _text_as_it_is(self, name: str) -> str:
        return self.content(name).decode("utf-8", "surrogateescape")

    def tile(self, level: int, index: int) -> bytes | None:
        """The hashes of a tile, full or partial."""
        hashes = self.manifest.checkpoint.size >> 8 * level
        width = min(TILE_WIDTH, hashes - index * TILE_WIDTH)
        name = Tile(level, index, width).path if width > 0 else ""
        return self.content(name) if name in self.members else None

    def files(self) -> dict[str, str]:
        """The members that are attached files, by the hash that they are named for."""
        return {name.removeprefix(FILES): name for name in self.members if name.startswith(FILES)}

    # -- its members ---------------------------------------------------------------------------------------------------

    def digest(self, name: str) -> str | None:
        """The SHA-256 of a member in hex; None where it cannot be read."""
        if name == EVENTS and self._events_digest is not None:
            return self._events_digest
        digest = hashlib.sha256()
        try:
            for chunk in self._chunks(name):
                digest.update(chunk)
        except BadBundle:
            return None
        return digest.hexdigest()

    def strange_bytes(self) -> str | None:
        """Where the file first holds something else than its members, each once, as a bundle holds them."""
        return strange_bytes(self._file, self._zip.infolist())


class _Given:
    """Gives a new store the identifier of the record that is put back into it."""

    def __init__(self, record_id: str) -> None:
        self._record_id = record_id

    def uuid(self) -> str:
        return self._record_id

    def salt(self) -> str:
        return ""


@contextmanager
def restored(bundle: Path, on_progress: Callable[[int, int], None] = lambda done, of: None) -> Iterator[Record]:
    """The record of a bundle in a temporary folder, to be read; events alone, with their positions, times and bytes.

    Restoring verifies nothing. BadBundle where the bundle does not begin with the first event, or cannot be put back.
    """
    with BundleFile(bundle) as shown, TemporaryDirectory(prefix="txapi-bundle-") as folder:
        if shown.first != 1:
            raise BadBundle(
                f"{bundle} begins with position {shown.first}; what is computed from a record needs it from the first event"
            )
        store = SQLiteStore(Path(folder) / RECORD_FILE, ids=_Given(shown.record_id))
        try:
            for rows in shown.rows():
                if any(row.recorded_at < 0 for row in rows):
                    raise BadBundle(f"{bundle} holds a line that is no event; `txapi verify` says where")
                with store.appending() as append:
                    append.write(Changes([Row(*row) for row in rows], {}, {}, {}))
                on_progress(rows[-1].position, shown.last)
        except Exception as error:
            if isinstance(error, BadBundle):
                raise
            raise BadBundle(f"the events of {bundle} cannot be put back: {error}") from error
        finally:
            store.close()
        with Record.open(folder, owner=False) as record:
            yield record
