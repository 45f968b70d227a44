"""Whether the same record gives the same answers everywhere: `make determinism`, and what `tests/receipts/golden.json` holds.

`make determinism` makes an environment with the locked packages for every Python from 3.11 on that it finds on this
machine, loads the demonstration record in each, asks every published question now and as of the past, and prints side by
side what each came to. `--golden` writes the golden file anew, on purpose: after a change of an event, a data set, a read model,
a published question or its answers. Everything in it then changes, and only then.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from txapi.record.place import Place

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "receipts" / "golden.json"
OLDEST = (3, 11)
BATCHES = (4_000, 7)
"""How many events the follower takes at once: two ways that must not matter."""
SIMULATED = 3_000
"""How many events the simulated record has, about."""


# -- in one interpreter ------------------------------------------------------------------------------------------------


def told(where: Place | Path, batch: int = BATCHES[0], simulated: int = 0) -> dict[str, Any]:
    """What the bundled data sets come to here: root of the ledger, digests, hash of every answer, hash of its receipt.

    Instead of them, a simulated record of about so many events, where `simulated` says. The place holds nothing yet. The
    record's own id, the key and the salts are fixed, so nothing is left to chance.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from txapi.domain.event import Actor, Role, TimeBasis
    from txapi.projections.all import PROJECTIONS
    from txapi.projections.follower import Follower
    from txapi.projections.views import Views
    from txapi.receipts.again import Until
    from txapi.receipts.issue import Issuer, ask
    from txapi.record import Record
    from txapi.record.clock import ScriptClock
    from txapi.record.ids import SeededIds
    from txapi.record.ledger import Ledger
    from txapi.record.place import Place
    from txapi.record.signer import Signer
    from txapi.schema.context import Context
    from txapi.schema.schema import the_schema

    place = Place.of(where)
    folder = place.folder
    unit, ends = _written(place, simulated)
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    key_file = folder / "record-key.pem"
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    key_file.chmod(0o600)
    clock = ScriptClock(ends, TimeBasis.DATASET)
    with Record.open(place, clock) as record:
        ledger = Ledger.open(place, record.record_id, owner=True, origin="determinism.example/record")
        signer = Signer(record, ledger)
        signer.sign()
        checkpoint = ledger.latest()
        assert checkpoint is not None
        until = Until(_Named(record), record.head.position, clock)
        views = Views.open(place, until.record_id, PROJECTIONS)
        Follower(until, views, batch).catch_up()
        viewer = Actor("determinism", Role.CLERK, unit)
        answers: dict[str, str] = {}
        receipts: dict[str, str] = {}
        for name, operation in _operations(views):
            context = Context(views, None, viewer, signed_in=True, language="zh", read=until)
            try:
                asked = ask(the_schema(), context, operation)
            finally:
                context.close()
            if asked.beside:
                continue  # It tells of the ledger, which is evidence itself.
            assert ledger.key is not None
            answers[name], receipts[name] = _attested(
                Issuer(until.record_id, ledger.key, signer, SeededIds(name)), asked
            )
        digests = views.progress().digests
        views.close()
        ledger.close()
    return {
        "events": checkpoint.size,
        "root": base64.b64encode(checkpoint.root).decode(),
        "digests": dict(sorted(digests.items())),
        "answers": answers,
        "receipts": receipts,
    }


def _written(place: Place, simulated: int) -> tuple[str, datetime]:
    """Write the record into the place; a unit's code, and when it ends."""
    from txapi.datasets.loading import load_dataset
    from txapi.record import Record
    from txapi.simulation import simulate

    if not simulated:
        return "wutong", load_dataset(place, ["tongxiang-2015", "tongxiang-2015-illustration"]).until
    simulate(place, units=12, events=simulated)
    with Record.open(place, owner=False) as record:
        ends = record.head.recorded_at
        found = next(one.event for one in record.read_all() if one.event.TOPIC == "unit.registered")
        assert ends is not None
        return getattr(found, "code", ""), ends


class _Named:
    """A record under a fixed name: its own is given by chance when it is begun."""

    record_id = "00000000-0000-4000-8000-000000002015"

    def __init__(self, record: Any) -> None:
        self.read, self.stream_events, self.event_at = record.read, record.stream_events, record.event_at


def _attested(issuer: Any, asked: Any) -> tuple[str, str]:
    """The hash of an answer and of its signed receipt; of the answer alone where it has no receipt, and why."""
    import hashlib

    from txapi.domain.errors import BadInput
    from txapi.receipts.canonical import hash_of
    from txapi.receipts.issue import result
    from txapi.receipts.receipt import Receipt

    try:
        note = issuer.issue(asked, 0)["note"]
    except BadInput as refused:
        return hash_of(result(asked.answered.data, asked.answered.errors)), refused.code
    receipt = Receipt.parse(note.rpartition("\n\n")[0] + "\n")
    return receipt.result, hashlib.sha256(note.encode()).hexdigest()


def _operations(views: Any) -> Iterator[tuple[str, Any]]:
    """Every published question, asked now and, where it can be, as of the middle of the record."""
    from graphql import OperationDefinitionNode, OperationType, parse

    from txapi.schema.admitting import Operation

    for path in sorted((ROOT / "schema" / "operations").rglob("*.graphql"), key=lambda path: path.stem):
        document = path.read_text(encoding="utf-8")
        [definition] = [one for one in parse(document).definitions if isinstance(one, OperationDefinitionNode)]
        if definition.operation is not OperationType.QUERY:
            continue
        with views.snapshot() as connection:
            variables = _variables(path.stem, definition, connection)
        yield path.stem, Operation(document, variables)
        if any(one.variable.name.value == "at" for one in definition.variable_definitions or ()):
            then = {**variables, "at": {"position": str(views.position // 2)}}
            yield f"{path.stem} then", Operation(document, then)


def _variables(name: str, definition: Any, connection: Any) -> dict[str, Any]:
    """Values for the variables that an operation needs: the first noun of the kind that it is named after, and the like."""
    from graphql import NonNullTypeNode, type_from_ast

    from txapi.schema.schema import the_schema

    schema = the_schema()._schema
    found: dict[str, Any] = {}
    for one in definition.variable_definitions or ():
        variable = one.variable.name.value
        needed = isinstance(one.type, NonNullTypeNode) and one.default_value is None
        if needed or variable == "entityId":
            found[variable] = _sample(type_from_ast(schema, one.type), variable, name, connection)
    return found


def _sample(kind: Any, name: str, operation: str, connection: Any) -> Any:
    """A value of a GraphQL type for the variable or field of that name."""
    from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLList, GraphQLNonNull

    if isinstance(kind, GraphQLNonNull):
        return _sample(kind.of_type, name, operation, connection)
    if isinstance(kind, GraphQLList):
        return [_sample(kind.of_type, name, operation, connection)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        needed = {field: part.type for field, part in kind.fields.items() if isinstance(part.type, GraphQLNonNull)}
        if kind.name == "PointInput":
            needed = {"position": kind.fields["position"].type}
        return {field: _sample(part, name, operation, connection) for field, part in needed.items()}
    last = connection.execute("SELECT max(position) FROM events").fetchone()[0]
    values: dict[str, Callable[[], Any]] = {
        "ID": lambda: _first(operation, connection),
        "Position": lambda: str(last * 2 // 3 if name == "after" else last // 3),
        "Date": lambda: "2015-07-31",
        "DateTime": lambda: "2015-08-11T00:00:00Z",
        "Int": lambda: 2015 if name in ("year", "years") else 7,
        "Boolean": lambda: True,
        "String": lambda: "wutong",
    }
    return values[kind.name]()


def _first(operation: str, connection: Any) -> str:
    """The first noun of the kind that the operation is named after; the first ticket where it is named after none."""
    kind = "".join(f"_{char.lower()}" if char.isupper() else char for char in operation).lstrip("_")
    for wanted in (kind, "ticket"):
        found = connection.execute(
            "SELECT stream FROM events WHERE kind = ? ORDER BY position LIMIT 1", (wanted,)
        ).fetchone()
        if found is not None:
            return str(found[0])
    raise AssertionError("the record holds no ticket")


def in_a_process(
    python: str | Path = sys.executable, *, hash_seed: str = "0", batch: int = BATCHES[0], simulated: int = 0
) -> dict[str, Any]:
    """What `told` comes to in a process of its own, with that interpreter, hash seed and batch size."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "TXAPI_"))}
    answer = subprocess.run(
        [str(python), str(Path(__file__)), "--tell", "--batch", str(batch), "--simulated", str(simulated)],
        env={**environment, "PYTHONHASHSEED": hash_seed},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def golden(found: dict[str, Any]) -> dict[str, Any]:
    """The part that the golden file holds: not the receipts, for they name the code, which changes all the time."""
    return {
        "how": "Written by `make golden`, on purpose only: see tools/determinism.py. Never by hand.",
        **{name: found[name] for name in ("events", "root", "digests", "answers")},
    }


# -- over all interpreters -----------------------------------------------------------------------------------------------


def interpreters() -> dict[str, str]:
    """Every Python of this machine from 3.11 on, by version: on the PATH, where pyenv puts them, and those that uv knows."""
    candidates = [f"python3.{minor}" for minor in range(OLDEST[1], OLDEST[1] + 10)]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates += [str(path) for path in sorted(pyenv.glob("*/bin/python3"))]
    uv = _uv()
    if uv is not None:
        listed = subprocess.run(
            [uv, "python", "list", "--only-installed", "--no-python-downloads", "--output-format", "json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        candidates += [one["path"] for one in json.loads(listed.stdout or "[]")]
    found: dict[str, str] = {}
    asking = "import sys; print(sys.version_info[:2] >= (3, 11), sys.version.split()[0], sys.implementation.name, sys.executable)"
    for candidate in candidates:
        try:
            said = subprocess.run([candidate, "-c", asking], capture_output=True, text=True, check=True).stdout.split(
                " ", 3
            )
        except (OSError, subprocess.CalledProcessError):
            continue
        if said[0] == "True" and said[2] == "cpython":
            found.setdefault(said[1], said[3].strip())
    return dict(sorted(found.items(), key=lambda one: [int(part) for part in one[0].split(".") if part.isdigit()]))


def _uv() -> str | None:
    pinned = ROOT / ".venv-uv" / "bin" / "uv"
    return shutil.which("uv") or (str(pinned) if pinned.exists() else None)


def make_environment(python: str, folder: Path) -> Path:
    """An environment with the locked packages and this checkout, in a folder of its own; its interpreter."""
    uv = _uv()
    own = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_PROJECT_ENVIRONMENT": str(folder), "UV_LINK_MODE": "copy"}
    own.pop("VIRTUAL_ENV", None)
    inside = folder / "bin" / "python"
    if uv is not None:
        steps = [[uv, "sync", "--locked", "--no-dev", "--group", "build", "--quiet", "--python", python]]
        if subprocess.run(steps[0], cwd=ROOT, env=own, check=False).returncode == 0:
            return inside
    install = [str(inside), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for step in (
        [python, "-m", "venv", "--clear", str(folder)],
        [*install, "--require-hashes", "-r", str(ROOT / "requirements.txt")],
        [*install, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)],
    ):
        subprocess.run(step, cwd=ROOT, env=own, check=True)
    return inside


def compare(found: dict[str, dict[str, Any]]) -> list[str]:
    """What differs between runs, by name; nothing where all are the same."""
    differing = []
    for part in ("events", "root", "digests", "answers", "receipts"):
        values = {run: told[part] for run, told in found.items()}
        names = sorted({name for value in values.values() if isinstance(value, dict) for name in value}) or [""]
        for name in names:
            said = {run: value.get(name) if isinstance(value, dict) else value for run, value in values.items()}
            if len({json.dumps(one) for one in said.values()}) > 1:
                differing.append(
                    f"{part} {name}".strip() + ": " + ", ".join(f"{run} {one}" for run, one in said.items())
                )
    return differing


def main() -> int:
    """Run as a program; 1 where two runs differ, or where only one Python was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tell", action="store_true", help="print what this interpreter comes to, as JSON")
    parser.add_argument("--batch", type=int, default=BATCHES[0], help="events that the follower takes at once")
    parser.add_argument("--simulated", type=int, default=0, help="events of a simulated record, instead of the bundled")
    parser.add_argument("--golden", action="store_true", help="write the golden file anew, on purpose")
    chosen = parser.parse_args()
    if chosen.tell or chosen.golden:
        with tempfile.TemporaryDirectory(prefix="determinism-") as folder:
            mine = told(Path(folder), chosen.batch, chosen.simulated)
        if chosen.golden:
            GOLDEN.write_text(json.dumps(golden(mine), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            print(f"wrote {GOLDEN.relative_to(ROOT)}: {len(mine['answers'])} answers, {len(mine['digests'])} digests")
        else:
            print(json.dumps(mine))
        return 0
    found: dict[int, dict[str, dict[str, Any]]] = {0: {}, SIMULATED: {}}
    for number, (version, python) in enumerate(interpreters().items()):
        batch = BATCHES[number % len(BATCHES)]
        print(f"Python {version}, hash seed {number}, the follower in batches of {batch}", flush=True)
        with tempfile.TemporaryDirectory(prefix="determinism-") as folder:
            inside = make_environment(python, Path(folder) / "env")
            for simulated, runs in found.items():
                one = runs[version] = in_a_process(inside, hash_seed=str(number), batch=batch, simulated=simulated)
                print(f"    {one['events']} {'simulated' if simulated else 'bundled'} events, root {one['root']}")
                for part in ("digests", "answers", "receipts"):
                    print(f"        {part:<9} {len(one[part]):>4}  {_short(one[part])}")
    differing = [line for runs in found.values() for line in compare(runs)]
    print("\n".join(differing) or f"the same in all {len(found[0])}: every digest, every answer, every receipt")
    if len(found[0]) < 2:
        print("only one Python was found; install another from 3.11 on to compare with")
    return int(bool(differing) or len(found[0]) < 2)


def _short(values: dict[str, str]) -> str:
    """One hash over all of them, to be compared by eye."""
    import hashlib

    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:32]


if __name__ == "__main__":
    sys.exit(main())
