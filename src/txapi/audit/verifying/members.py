"""The members 成员文件 of a bundle: those that are due, no others, each as what it rests on says.

The manifest is not signed. What it says is held against the events and the signed notes, and so is the list of members: it
follows from the events, the checkpoints and the tree. What nothing signed vouches for (README, schemas) is compared with what
this code writes; other code may write it otherwise, which is a note and no accusation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from txapi.audit import bundle_reading as form
from txapi.audit.bundle import published_schema, this_code
from txapi.audit.bundle_readme import readme_text
from txapi.audit.checker import TILE_WIDTH, Checkpoint, Note, NotProven, Tile, tiles_of
from txapi.audit.statements import BOOKKEEPING, DIGEST, BookkeepingStatement, MalformedStatement
from txapi.audit.verifying.findings import NOWHERE
from txapi.audit.verifying.tree import HASH_BYTES
from txapi.record.instants import instant, rfc3339

if TYPE_CHECKING:
    from txapi.audit.bundle_reading import BundleFile
    from txapi.audit.verifying.findings import Findings
    from txapi.audit.verifying.signed import Trust


def check_members(
    bundle: BundleFile, trust: Trust, findings: Findings, on_progress: Callable[[int, int], None]
) -> list[str]:
    """Check all of it; to be called when the bundle's `rows` have been gone through. What is to be noted, and is no mistake."""
    checking = _Checking(bundle, trust, findings)
    checking.hashes(on_progress)
    checking.names()
    checking.bookkeeping()
    checking.manifest()
    strange = bundle.strange_bytes()
    if strange is not None:
        findings.add(NOWHERE, "archive", strange)
    return [*checking.files(), *checking.texts()]


@dataclass
class _Checking:
    bundle: BundleFile
    trust: Trust
    findings: Findings
    facts: bytes = field(init=False)
    sizes: list[int] = field(init=False)
    """The sizes of the checkpoints that are there under the names that they should have."""

    def __post_init__(self) -> None:
        self.facts = self._content(form.FACTS)
        self.sizes = sorted(
            size
            for size, name in self.bundle.numbered(form.CHECKPOINTS)
            if name == f"{form.CHECKPOINTS}{size}" and size >= self.bundle.first
        )

    def _wrong(self, what: str) -> None:
        self.findings.add(NOWHERE, "members", what)

    def _content(self, name: str) -> bytes:
        """A member; nothing where it is not there, which the list of names tells of."""
        return self.bundle.content(name) if name in self.bundle.members else b""

    def hashes(self, on_progress: Callable[[int, int], None]) -> None:
        """Every member is as the manifest says, which is written in the one way in which manifests are."""
        bundle, wanted = self.bundle, self.bundle.manifest.members
        if bundle.strange_line is not None:
            self.findings.add(bundle.strange_line[0], "line", bundle.strange_line[1])
        for name in sorted(set(bundle.members) - set(wanted) - {form.MANIFEST}):
            self._wrong(f"the member {name} is not in the manifest")
        for done, (name, said) in enumerate(sorted(wanted.items()), 1):
            if name not in bundle.members:
                self._wrong(f"the member {name} is missing")
            elif said != bundle.digest(name):
                self._wrong(f"the member {name} has another hash than the manifest says")
            on_progress(done, len(wanted))
        if bundle.content(form.MANIFEST) != form.manifest_bytes(bundle.manifest):
            self._wrong("the manifest is not written as the format says")

    # -- which are due -------------------------------------------------------------------------------------------------

    def names(self) -> None:
        """The members that follow from the events, the checkpoints and the tree are there, and no others."""
        there, due = set(self.bundle.members), set(self._due())
        for name in sorted(due - there):
            self._wrong(f"the member {name} is missing")
        for name in sorted(there - due - set(self._possible())):
            self._wrong(f"the member {name[:100]} has no place in a bundle of these events and checkpoints")
        for number, name in self.bundle.numbered(form.HANDOVERS):
            if self._content(name).split(b"\n")[2:3] != [b"%d" % number]:
                self._wrong(f"the member {name} holds another hand-over than its name says")
        for tile in self._tiles():
            member = self.bundle.members.get(tile.path)
            if member is not None and member.file_size != tile.width * HASH_BYTES:
                self._wrong(f"the member {tile.path} has {member.file_size} bytes, not {tile.width * HASH_BYTES}")

    def _due(self) -> Iterator[str]:
        yield from (form.MANIFEST, form.VKEY, form.README, form.EVENTS, form.FACTS, form.CHECKPOINT)
        yield from (name for name, _ in self._schemas())
        for size in self.sizes:
            yield f"{form.CHECKPOINTS}{size}"
            yield f"{form.STATEMENTS}{BOOKKEEPING}/{size}"
        for tile in self._tiles():
            yield tile.path
        if self.bundle.files():
            # Files are taken away all or none: a bundle that lacks one of them says so.
            yield from (f"{form.FILES}{due}" for due in self.bundle.named)

    def _tiles(self) -> Iterator[Tile]:
        for tile in tiles_of(self.bundle.manifest.checkpoint.size):
            if tile.level or (tile.index + 1) * TILE_WIDTH >= self.bundle.first:
                yield tile

    def _possible(self) -> Iterator[str]:
        """What may be there or not: a policy, hand-overs of the key, whose order `succession_in` checks, and digests of read models,
        which not every code has stated everywhere.
        """
        yield form.POLICY
        yield from (f"{form.HANDOVERS}{number}" for number, _ in self.bundle.numbered(form.HANDOVERS))
        folder, sizes = f"{form.STATEMENTS}{DIGEST}/", set(self.sizes)
        for size, name in self.bundle.numbered(folder):
            if size in sizes and name.startswith(f"{folder}{size}."):
                yield name

    def files(self) -> list[str]:
        """Every attached file has the hash that an event names it by; a bundle may be without them, which is noted."""
        files = self.bundle.files()
        for due, name in sorted(files.items()):
            if due in self.bundle.named and self.bundle.digest(name) != due:
                what = f"the member {name}, which this event attached, has other bytes"
                self.findings.add(self.bundle.named[due], "file", what)
        if files or not self.bundle.named:
            return []
        return [
            f"{len(self.bundle.named)} files that events name are not in this bundle: `txapi export --files` takes them along"
        ]

    # -- what was signed -----------------------------------------------------------------------------------------------

    def bookkeeping(self) -> None:
        """What was signed beside the checkpoints goes on without a gap, and is signed for the record that is told of."""
        behind: int | None = None
        for one in self.bundle.statements(BOOKKEEPING):
            try:
                said = BookkeepingStatement.parse(self.trust.statement(one.note, one.size))
            except (NotProven, MalformedStatement):
                behind = one.size  # Whoever checks the statements one by one tells of it.
                continue
            # The first may begin before the bundle does, and not behind its beginning.
            if said.after != behind if behind is not None else said.after >= self.bundle.first:
                what = f"bookkeeping was signed for from {said.after + 1} on: a checkpoint or statement before it is missing"
                self.findings.add((behind or 0) + 1, "bookkeeping", what)
            if said.facts != sha256(self.facts).hexdigest():
                what = f"{form.FACTS} is not what the record says of itself in the statement beside {one.size} events"
                self.findings.add(NOWHERE, "meta", what)
            behind = said.until

    def manifest(self) -> None:
        """What the manifest says of the record, its last event and its last checkpoint is so."""
        bundle, manifest = self.bundle, self.bundle.manifest
        if self.facts and _told(self.facts).get("record_id") != manifest.record_id:
            self.findings.add(NOWHERE, "meta", f"by {form.FACTS} the record is another than {manifest.record_id}")
        last = bundle.last_recorded_at
        told = "" if last is None else rfc3339(instant(last))
        if told and told != manifest.head_recorded_at:
            self._wrong(f"the last event was recorded at {told}, and the manifest says {manifest.head_recorded_at}")
        checkpoint = self._content(form.CHECKPOINT)
        if not self.sizes or checkpoint != self._content(f"{form.CHECKPOINTS}{self.sizes[-1]}"):
            self._wrong("the member checkpoint is not the last of the checkpoints")
        try:
            signed = Checkpoint.parse(Note.parse(checkpoint).text)
        except NotProven:
            return  # So is the last checkpoint, or another than this; both are told of.
        if signed.size != manifest.checkpoint.size:
            self._wrong("the manifest names another checkpoint than the last")
        if form.root_text(signed.root) != manifest.checkpoint.root:
            self._wrong("the manifest tells of another root than the last checkpoint")

    # -- what nothing signed vouches for -------------------------------------------------------------------------------

    def texts(self) -> list[str]:
        """README and schemas are what this code writes, if it is the code that wrote the bundle; otherwise that is noted."""
        bundle, manifest, ours = self.bundle, self.bundle.manifest, this_code()
        readme = readme_text(
            manifest.record_id,
            manifest.origin,
            manifest.first,
            manifest.last,
            manifest.head_recorded_at,
            manifest.checkpoint.size,
        )
        others = []
        for name, expected in [(form.README, readme.encode()), *self._schemas()]:
            content = self._content(name)
            if name not in bundle.members or content == expected:
                continue
            if name != form.README and not _is_schema(content):
                self._wrong(f"the member {name} is no schema: it is to be a JSON object with members")
            elif manifest.code == ours:
                self._wrong(f"the member {name} is not the one that this code writes, which the manifest says wrote it")
            else:
                others.append(name)
        if not others:
            return []
        note = (
            f"not as this code ({ours.version}, {ours.fingerprint}) writes them, and nothing signed vouches for them: "
            f"{', '.join(others[:3])}{f' and {len(others) - 3} more' * (len(others) > 3)}. The manifest says that other code"
            f" wrote them ({manifest.code.version}, {manifest.code.fingerprint})"
        )
        return [note]

    def _schemas(self) -> Iterator[tuple[str, bytes | None]]:
        for topic, number in sorted(self.bundle.forms):
            yield f"{form.SCHEMAS}{form.schema_name(topic, number)}", published_schema(topic, number)


_read_facts = msgspec.json.Decoder(tuple[str, str]).decode_lines


def _told(facts: bytes) -> dict[str, str]:
    """The facts of a record; none where these are no facts."""
    try:
        return dict(_read_facts(facts))
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return {}


def _is_schema(content: bytes) -> bool:
    try:
        told: Any = msgspec.json.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    return isinstance(told, dict) and bool(told)
