"""The record's key 记录密钥: the file of the key that signs for a record, and how another takes its place.

The ledger says which key signs. The file follows it: at every moment the key that the ledger names lies at its place, or beside
it as the next one, so that whoever is interrupted at any point goes on with the old key or with the new one.
"""

from __future__ import annotations

import base64
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from txapi.record.keys import BadKey, NoKey, changing_keys, next_of, take_over, write_key
from txapi.record.ledger_tables import NotALedger
from txapi.record.notes import NoteKey, key_id_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from txapi.record.ledger import Ledger, Statement


class Rotated(NamedTuple):
    """What a rotation came to: both verifier keys, the statement that both signed, and where the old private key is kept."""

    old: str
    new: str
    handover: Statement
    kept: Path | None


def prepare_next(key_file: Path, origin: str) -> str:
    """Make the key that is to sign next, where none was made yet; its verifier key. Nothing is signed with it before `rotate`."""
    with changing_keys(key_file.parent):
        return _next(key_file, origin).vkey


def rotate(ledger: Ledger, key_file: Path, *, exposed: bool = False) -> Rotated:
    """Hand the record over to the key that was prepared, or to a new one. What was interrupted before is brought to its end first.

    NotALedger where the key that signs now is not at hand; BadKey.
    """
    with changing_keys(key_file.parent):
        _settle(key_file, ledger.origin, ledger.vkey_now())
        old = ledger.signing_key()
        new = _next(key_file, ledger.origin)
        handover = ledger.hand_over(new, exposed=exposed)
        return Rotated(old.vkey, new.vkey, handover, take_over(key_file, key_id_in(old.vkey)))


def _next(key_file: Path, origin: str) -> NoteKey:
    for unfinished in key_file.parent.glob(f".{next_of(key_file).name}.*"):
        unfinished.unlink()  # Of somebody who was interrupted: nobody else writes here now.
    if not next_of(key_file).exists():
        try:
            write_key(next_of(key_file))
        except OSError as error:
            raise BadKey(f"no key can be made at {next_of(key_file)}: {error.strerror}") from error
    return NoteKey.from_file(next_of(key_file), origin, create=False)


def must_name_a_key(facts: Mapping[str, str], where: str) -> None:
    """Refuse a ledger that does not say by which key it is signed: NotALedger."""
    origin, vkey = facts.get("origin", ""), facts.get("vkey", "")
    name, _, rest = vkey.partition("+")
    key_id, _, typed = rest.partition("+")
    try:
        whole = name == origin and len(bytes.fromhex(key_id)) == 4 and len(base64.b64decode(typed, validate=True)) == 33
    except ValueError:
        whole = False
    if not whole or any(char.isspace() or not char.isprintable() for char in origin):
        raise NotALedger(f"the ledger in {where} does not say by which key it is signed: it was damaged")


def key_at_hand(
    key_file: Path, origin: str, vkey: str, former: Sequence[str], where: str, *, needed: bool
) -> NoteKey | None:
    """The key of a ledger that names `vkey`, when it is opened; None where it is not here and need not be.

    NoKey where it is `needed` and there is none; NotALedger where another is here, BadKey.
    """
    found = _matching(key_file, origin, vkey)
    if found is not None:
        return found
    try:
        other = NoteKey.from_file(key_file, origin, create=False).vkey
    except NoKey:
        if needed:
            raise
        return None
    if other in former:
        if not needed:
            return None
        raise NotALedger(
            f"the record in {where} was handed over from {other}, whose key lies at {key_file}, to {vkey}: put that key"
            " there, from the machine on which it was rotated"
        )
    # The ledger may be of a time before a rotation: the former key is kept then, under its id.
    raise NotALedger(
        f"the ledger in {where} was signed by {vkey}, and the key at hand is {other}; the former keys of a record lie at"
        f" {key_file}.<id>, and this one would be {key_file.name}.{key_id_in(vkey)}"
    )


def key_of(key_file: Path, origin: str, vkey: str) -> NoteKey:
    """The key that signs now, at its place or beside it. NotALedger where it is not here."""
    try:
        found = _matching(key_file, origin, vkey)
    except BadKey as error:
        raise NotALedger(f"the key of {origin} cannot be used: {error}") from error
    if found is None:
        raise NotALedger(
            f"the key of {origin} is not at hand: only its holder signs. The record is signed for by {vkey} now;"
            f" put its key at {key_file}"
        )
    return found


def _matching(key_file: Path, origin: str, vkey: str) -> NoteKey | None:
    for file in (key_file, next_of(key_file)):
        key = _there(file, origin)
        if key is not None and key.vkey == vkey:
            if file != key_file:
                # Where the folder can only be read, or somebody changes it just now, it stays beside, which is as good.
                with suppress(OSError), changing_keys(key_file.parent, wait=False):
                    _settle(key_file, origin, vkey)
            return key
    return None


def _settle(key_file: Path, origin: str, vkey: str) -> None:
    """Where the next key signs by now, give it the place."""
    following = _there(next_of(key_file), origin)
    if following is not None and following.vkey == vkey:
        former = _there(key_file, origin)
        take_over(key_file, "former" if former is None else key_id_in(former.vkey))


def _there(file: Path, origin: str) -> NoteKey | None:
    try:
        return NoteKey.from_file(file, origin, create=False)
    except NoKey:
        return None
