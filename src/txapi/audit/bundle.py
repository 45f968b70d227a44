"""A bundle 证据包, written: events, what was signed about them, and all that it takes to check them, in one file.

The format is described in docs/reference/bundle.md. The same record and range give the same bytes, however the record
has grown since.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from txapi.audit import bundle_reading as form
from txapi.audit.bundle_readme import readme_text
from txapi.audit.checker import TILE_WIDTH, Tile, tiles_of
from txapi.domain.event import Event
from txapi.projections.views import fingerprint
from txapi.record.codec import EventMapper
from txapi.record.conflicts import RecordError
from txapi.record.files import PART_BYTES
from txapi.record.instants import instant, rfc3339
from txapi.record.naming import ATTACHED, named_in
from txapi.record.statements import handed_over_from

if TYPE_CHECKING:
    from txapi.record.ledger import Checkpoint, Ledger
    from txapi.record.record import Record

_PAGE = 2_000
_MANY = 1 << 40


class NotAttested(RecordError):
    """Nothing that was signed attests what should be taken away."""


@dataclass(frozen=True)
class Written:
    """What was taken away: the positions, the checkpoint that attests them, the file and its size."""

    path: Path
    first: int
    last: int
    attested_by: int
    checkpoints: int
    size_bytes: int


def write_bundle(
    out: Path,
    record: Record,
    ledger: Ledger,
    *,
    first: int = 1,
    last: int | None = None,
    policy: bytes | None = None,
    with_files: bool = False,
    on_progress: Callable[[int, int], None] = lambda done, of: None,
) -> Written:
    """Write the events from one position through another (all that are attested, unless given) into a new file.

    `policy` is a policy file to put beside; with `with_files`, the files that the events name come along. Only a whole file
    gets the name `out`. NotAttested where no checkpoint that enough witnesses signed attests the last event; FileMissing,
    FileDamaged; a ValueError where the range is empty.
    """
    attested = _attesting(ledger, last)
    last = attested.size if last is None else last
    if not 1 <= first <= last:
        raise ValueError(f"there are no positions from {first} through {last}")
    beside = out.with_name(out.name + ".part")
    try:
        with zipfile.ZipFile(beside, "x") as archive:
            writing = _Writing(archive)
            count = _write_members(writing, record, ledger, first, last, attested, policy, with_files, on_progress)
        size_bytes = beside.stat().st_size
        beside.rename(out)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    return Written(out, first, last, attested.size, count, size_bytes)


def _attesting(ledger: Ledger, last: int | None) -> Checkpoint:
    newest = ledger.latest(published=True)
    if newest is None:
        if ledger.latest() is None:
            raise NotAttested("no checkpoint of this record was ever signed; `txapi serve` signs one within a second")
        raise NotAttested("not enough witnesses have co-signed any checkpoint of this record yet")
    if last is None or last == newest.size:
        return newest
    if last > newest.size:
        raise NotAttested(f"position {last} is not attested yet: the last checkpoint is of {newest.size} events")
    return next(one for one in _checkpoints(ledger, last - 1) if one.published)


def _checkpoints(ledger: Ledger, after: int, until: int = _MANY) -> Iterator[Checkpoint]:
    while found := ledger.checkpoints(after, 500):
        for one in found:
            if one.size > until:
                return
            yield one
        after = found[-1].size


class _Writing:
    """Adds members to an archive, all of them dated alike, and remembers their hashes."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.members: dict[str, str] = {}

    def add(self, name: str, *chunks: bytes) -> None:
        """Add a member. Hashes do not compress, and are stored as they are."""
        self.stream(name, iter(chunks), large=False)

    def stream(self, name: str, chunks: Iterator[bytes], *, large: bool = True) -> None:
        """Add a member piece by piece."""
        info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        packed = name.startswith((form.TILES, form.FILES))  # Hashes and photographs do not compress.
        info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
        info.external_attr = 0o100644 << 16
        info.create_system = 3
        digest = hashlib.sha256()
        with self._archive.open(info, "w", force_zip64=large) as member:
            for chunk in chunks:
                digest.update(chunk)
                member.write(chunk)
        self.members[name] = digest.hexdigest()


def _write_members(
    writing: _Writing,
    record: Record,
    ledger: Ledger,
    first: int,
    last: int,
    attested: Checkpoint,
    policy: bytes | None,
    with_files: bool,
    on_progress: Callable[[int, int], None],
) -> int:
    # Only those that had been before the last checkpoint: so the same range gives the same bytes for ever.
    now, handovers = ledger.vkey_now(), ledger.handovers()
    passed = [each for each in handovers if each.size < attested.size]
    signer = now if len(passed) == len(handovers) else handed_over_from(handovers[len(passed)].note)
    writing.add(form.VKEY, f"{signer}\n".encode())
    if policy is not None:
        writing.add(form.POLICY, policy)
    head = record.store.read(last - 1, 1)
    recorded_at = rfc3339(instant(head[0].recorded_at)) if head else ""
    writing.add(
        form.README, readme_text(record.record_id, ledger.origin, first, last, recorded_at, attested.size).encode()
    )
    schemas = _Used()
    writing.stream(form.EVENTS, _events(record, first, last, schemas, on_progress))
    writing.add(form.FACTS, form.facts_bytes(record.store.facts()))
    for name, content in schemas.used():
        writing.add(f"{form.SCHEMAS}{name}", content)
    count = 0
    for one in _checkpoints(ledger, first - 1, attested.size):
        writing.add(f"{form.CHECKPOINTS}{one.size}", one.note.encode())
        count += 1
    writing.add(form.CHECKPOINT, attested.note.encode())
    for each in passed:
        writing.add(f"{form.HANDOVERS}{each.about}", each.note.encode())
    for kind in ("bookkeeping", "digest"):
        for said in ledger.statements(kind, first - 1, attested.size, limit=_MANY):
            about = f".{said.about}" if said.about else ""
            writing.add(f"{form.STATEMENTS}{kind}/{said.size}{about}", said.note.encode())
    for tile in tiles_of(attested.size):
        if tile.level or (tile.index + 1) * TILE_WIDTH >= first:
            writing.add(tile.path, _hashes(ledger, tile))
    for sha256 in sorted(schemas.files) if with_files else ():
        with record.files.open(sha256) as file:
            writing.stream(f"{form.FILES}{sha256}", iter(lambda: file.read(PART_BYTES), b""))
    manifest = form.Manifest(
        format=form.FORMAT,
        record_id=record.record_id,
        origin=ledger.origin,
        first=first,
        last=last,
        head_recorded_at=recorded_at,
        checkpoint=form.Attested(attested.size, form.root_text(attested.root)),
        code=this_code(),
        members=dict(sorted(writing.members.items())),
    )
    writing.add(form.MANIFEST, form.manifest_bytes(manifest))
    return count


def _hashes(ledger: Ledger, tile: Tile) -> bytes:
    found = ledger.tile(tile.level, tile.index, tile.width)
    if found is None:
        raise NotAttested(f"the ledger lacks {tile.path}: `txapi verify` says what is wrong with it")
    return found


def _events(
    record: Record, first: int, last: int, schemas: _Used, on_progress: Callable[[int, int], None]
) -> Iterator[bytes]:
    position = first - 1
    while position < last:
        rows = record.store.read(position, min(_PAGE, last - position))
        if not rows:
            raise NotAttested(f"the record has no event {position + 1}, which was attested: `txapi verify` says more")
        for row in rows:
            schemas.use(row.topic, row.state)
            yield line_of_row(row.position, row.recorded_at, row.stream, row.version, row.topic, row.state)
        position = rows[-1].position
        on_progress(position - first + 1, last - first + 1)


def line_of_row(position: int, recorded_at: int, stream: str, version: int, topic: str, state: bytes) -> bytes:
    """The line of a stored event. NotAttested where its bytes are no line: then a hand has changed them."""
    if b"\n" in state:
        raise NotAttested(f"the stored bytes of position {position} are no line of JSON; `txapi verify` says more")
    return form.line_of(position, recorded_at, stream, version, topic, state) + b"\n"


def this_code() -> form.Code:
    """The code that is running."""
    return form.Code(version("tongxiang-record"), fingerprint())


class _Used:
    """Which versions of which events are in the bundle, and their schemas; which files they name."""

    def __init__(self) -> None:
        self._used: set[tuple[str, int]] = set()
        self.files: set[str] = set()
        self._several = {topic for topic, event in Event.registry.items() if event.class_version > 1}

    def use(self, topic: str, state: bytes) -> None:
        """An event of that topic is in the bundle. Where its form never changed, its bytes need not be looked at."""
        if topic == ATTACHED and (sha256 := named_in(state)) is not None:
            self.files.add(sha256)
        self._used.add((topic, EventMapper.form_of(state) if topic in self._several else 1))

    def used(self) -> Iterator[tuple[str, bytes]]:
        """Their files."""
        for topic, number in sorted(self._used):
            content = published_schema(topic, number)
            if content is not None:
                yield form.schema_name(topic, number), content


def published_schema(topic: str, number: int) -> bytes | None:
    """The schema of a version of a kind of event as this code publishes it; None where it knows of none."""
    if topic not in Event.registry:
        return None
    here = Path(__file__).resolve()
    installed = here.parents[1] / "events"
    folder = installed if installed.is_dir() else here.parents[3] / "domain" / "events"
    path = folder / form.schema_name(topic, number)
    return path.read_bytes() if path.is_file() else None
