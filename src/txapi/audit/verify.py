"""The verification 核验: a record, a backup or a bundle, held against what was signed, from the first event to the last.

What is signed is checked by `txapi.audit.checker` alone. Nothing that is shown is believed: not the positions it claims,
not the tiles it keeps, and not the key it brings unless nobody gave another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from txapi.audit.bundle_reading import BadBundle, BundleFile
from txapi.audit.checker import NotProven, Succession
from txapi.audit.statements import BOOKKEEPING, DIGEST, BookkeepingStatement, DigestStatement, MalformedStatement
from txapi.audit.verifying.attached import check_files
from txapi.audit.verifying.beside import FEW_EVENTS, Beside, examine
from txapi.audit.verifying.findings import DAMAGED, NOWHERE, Finding, Findings
from txapi.audit.verifying.folder import RecordFolder
from txapi.audit.verifying.members import check_members
from txapi.audit.verifying.order import walk_events
from txapi.audit.verifying.signed import (
    HANDOVER,
    Trust,
    Whose,
    all_roots,
    handover_roots,
    kept_roots,
    outside_notes,
    trust_in,
)
from txapi.audit.verifying.tables import check_bookkeeping, check_database
from txapi.audit.verifying.tree import TreeWalk
from txapi.record.files import FILES_FOLDER, Files, FolderFiles

if TYPE_CHECKING:
    from txapi.audit.verifying.shown import Shown

OnStage = Callable[[str, int, int], None]
"""Is told what is being done, how far it is and of how much."""


@dataclass(frozen=True)
class Verified:
    """What a verification came to.

    `vkey` is the key of the record as it is shown, `vkeys` are those that are believed, former ones too; `succession` is how one
    followed the other. `key` says whose word that is: `given` by the caller (alone or in a policy), or merely `shown` by the
    source itself. `signed_until` and `cosigned_until` are the events attested by the last checkpoint that the record
    signed, and by the last that as many witnesses signed as the policy asks for. `wrong` holds the first position of
    every kind of mistake, the first of all first. `files` are those that its events name, all of them looked through. `notes`
    are sentences on what is no mistake and should be known.
    """

    kind: Literal["record", "bundle"]
    record_id: str
    origin: str | None
    vkey: str | None
    vkeys: tuple[str, ...]
    key: Literal["given", "shown", "none"]
    policy: Literal["given", "shown", "none"]
    first: int
    last: int
    events: int
    checkpoints: int
    signed_until: int
    cosigned_until: int
    outside: int
    files: int
    wrong: tuple[Finding, ...]
    succession: Succession
    notes: tuple[str, ...] = ()

    @property
    def unattested_from(self) -> int | None:
        """The first position that no checkpoint attests; None where all are attested."""
        return self.signed_until + 1 if self.signed_until < self.last else None


def verify(
    target: Path,
    *,
    vkeys: Sequence[str] = (),
    policy: bytes | None = None,
    kept_elsewhere: Sequence[tuple[str, bytes]] = (),
    files: Files | None = None,
    on_stage: OnStage = lambda doing, done, of: None,
) -> Verified:
    """Verify a bundle, or the record in a folder: live, or a backup of its files.

    `vkeys` and `policy` are those that the caller trusts; `kept_elsewhere` are checkpoints, hand-overs of the key and
    statements of bookkeeping that somebody kept, by name; `files` are those beside the record where they lie elsewhere. A
    policy that names a log is trusted for its key. NotARecord where the target is neither; MalformedKey, MalformedPolicy.
    """
    findings = Findings()
    with ExitStack() as held:
        shown: RecordFolder | BundleFile
        if target.is_dir():
            shown = held.enter_context(RecordFolder(target))
            kind: Literal["record", "bundle"] = "record"
        else:
            shown = held.enter_context(BundleFile(target))
            kind = "bundle"
        handovers = [note for _, note in kept_elsewhere if note.startswith(HANDOVER)]
        trust, key, whose_policy = trust_in(shown, vkeys, policy, findings, handovers)
        beside = held.enter_context(Beside(kind, target)) if shown.last - shown.first >= FEW_EVENTS else None
        outside = outside_notes(kept_elsewhere, trust, findings)

        def on_event(done: int, of: int) -> None:
            on_stage("verifying", done, of)
            if beside is not None:
                beside.look()

        events, looked_through, notes = 0, 0, list[str]()
        try:
            kept_until = max((one.size for one in shown.checkpoints()), default=0)
            roots = [*outside.roots, *handover_roots(trust, shown.first, kept_until)]
            walk = TreeWalk(shown, all_roots(kept_roots(shown, trust, findings), roots), kept_until, findings)
            walk.skip_to(shown.first)
            events = walk_events(shown, walk, findings, on_event)
            if kind == "bundle":
                walk.take_rest()
            walk.finish()
            _check_statements(shown, trust, findings)
            if isinstance(shown, RecordFolder):
                notes = shown.check_itself(findings)
                check_bookkeeping(shown, trust, outside.statements, findings)
                check_database(shown, findings)
                where = files or FolderFiles(target / FILES_FOLDER, owner=False)
                looked_through = check_files(
                    shown, where, findings, lambda done, of: on_stage("looking through files", done, of)
                )
            else:
                looked_through = len(shown.files())
                notes = check_members(shown, trust, findings, lambda done, of: on_stage("hashing members", done, of))
        except (*DAMAGED, BadBundle) as error:
            findings.add(NOWHERE, "damaged", f"the file is damaged and cannot be read to its end: {error}")
        _check_attested(kind, shown, trust, whose_policy, findings)
        of = shown.last - shown.first + 1
        if beside is None:
            findings.take(examine(kind, target, lambda done, of: on_stage("reading events", done, of)))
        else:
            findings.take(beside.found(lambda done: on_stage("reading events", done, of)))
        return Verified(
            kind=kind,
            record_id=shown.record_id,
            origin=shown.origin,
            vkey=shown.vkey,
            vkeys=tuple(each.vkey for each in trust.keys),
            key=key,
            policy=whose_policy,
            first=shown.first,
            last=shown.last,
            events=events,
            checkpoints=trust.checkpoints,
            signed_until=trust.signed_until,
            cosigned_until=trust.cosigned_until,
            outside=outside.count,
            files=looked_through,
            succession=trust.succession,
            wrong=tuple(findings.sorted()),
            notes=(*_handed_over(trust), *notes),
        )


def _handed_over(trust: Trust) -> Iterator[str]:
    for each in trust.succession.handovers:
        why = ", because others may have the former one" if each.exposed else ""
        yield f"after {each.size} events the record's key was changed{why}: from {each.old.vkey} to {each.new.vkey}"


def _check_statements(shown: Shown, trust: Trust, findings: Findings) -> None:
    """Whether the statements are signed, say what their kind says, and stand where they belong."""
    for one in shown.statements(DIGEST):
        try:
            digest = DigestStatement.parse(trust.statement(one.note, one.size))
        except (NotProven, MalformedStatement) as error:
            findings.add(one.size, "statement", f"a statement of digests at {one.size} cannot be believed: {error}")
            continue
        if (digest.origin, digest.position, digest.fingerprint) != (shown.origin, one.size, one.about):
            what = f"a statement of digests at {one.size} is of {digest.origin}, position {digest.position}, code {digest.fingerprint}"
            findings.add(one.size, "statement", what)
    for one in shown.statements(BOOKKEEPING):
        try:
            said = BookkeepingStatement.parse(trust.statement(one.note, one.size))
        except (NotProven, MalformedStatement) as error:
            findings.add(one.size, "statement", f"a statement of bookkeeping at {one.size} cannot be believed: {error}")
            continue
        if (said.origin, said.until) != (shown.origin, one.size):
            what = f"a statement of bookkeeping at {one.size} is of {said.origin}, position {said.until}"
            findings.add(one.size, "statement", what)


def _check_attested(kind: str, shown: Shown, trust: Trust, whose_policy: Whose, findings: Findings) -> None:
    """Whether enough is attested: of a bundle everything, of a live record anything, for it goes on growing."""
    if shown.last and trust.signed_until == 0:
        findings.add(
            shown.first, "unattested", "no checkpoint that can be believed attests any event: nothing is proven"
        )
    elif kind == "bundle" and trust.signed_until < shown.last:
        what = f"the last checkpoint attests {trust.signed_until} events: what lies behind is not proven"
        findings.add(trust.signed_until + 1, "unattested", what)
    if whose_policy != "none" and trust.cosigned_until < (shown.last if kind == "bundle" else min(1, shown.last)):
        what = f"the last checkpoint that the policy accepts attests {trust.cosigned_until} events"
        findings.add(trust.cosigned_until + 1, "quorum", what)
