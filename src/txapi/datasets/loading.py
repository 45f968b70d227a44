"""Loading 载入: data sets become the beginning of a record, whose clock then shows the dates of their scripts."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from txapi.application.desk import Desk, Order
from txapi.application.watch import record_due
from txapi.datasets.commands import command_called, read_arguments, takes_an_id
from txapi.datasets.references import bundled_references
from txapi.datasets.scripts import LOADER, Dataset, Entry, aware, find_dataset, merged, read_dataset
from txapi.domain.errors import BadInput, Refusal
from txapi.domain.event import Basis, Metadata
from txapi.record.clock import ScriptClock
from txapi.record.conflicts import NotARecord
from txapi.record.copying import copy_record
from txapi.record.ids import SeededIds
from txapi.record.owner import OwnerLock
from txapi.record.place import Place
from txapi.record.record import RECORD_FILE, Record

OnProgress = Callable[[int, int], None]

SCRATCH = "loading-"
"""How folders begin in which a record is loaded before it is whole."""


class RecordIsNotEmpty(Refusal):
    """A data set is the beginning of a record: it is loaded into an empty one only."""

    en = "The record holds {events} events already; a data set is loaded into an empty record only."
    zh = "记录中已有{events}个事件；数据集只能载入空的记录。"


class Loaded(NamedTuple):
    """What was loaded: how many events, how many nouns of each kind, and where the scripts end (UTC)."""

    events: int
    nouns: dict[str, int]
    until: datetime


def load_dataset(where: Place | Path, names: Sequence[str], on_progress: OnProgress | None = None) -> Loaded:
    """Load data sets, named or given as folders, into the record in that place, which is made where it is missing.

    Their entries are given in the order of their times, whoever wrote them, and what lapses in between is recorded at
    its instant. All of it is loaded, or nothing. The same data sets give the same events, ids and salts included.
    RecordIsNotEmpty; RecordIsOwned where a server runs; BadInput BAD_SCRIPT where an entry makes no sense or is refused.
    """
    datasets = [read_dataset(find_dataset(name)) for name in names]
    _must_be_complete(datasets)
    place = Place.of(where)
    if not place.embedded:
        _must_be_empty(place)
        # Loaded into a file, and copied from there in one transaction.
        with tempfile.TemporaryDirectory(prefix=SCRATCH) as beside:
            loaded = _load(Path(beside), datasets, on_progress)
            copy_record(Place(Path(beside)), place)
        return loaded
    folder = place.folder
    folder.mkdir(parents=True, exist_ok=True)
    with OwnerLock(folder):
        _must_be_empty(place)
        # Loaded beside, and moved here when it is whole: whoever interrupts the loading finds an empty record.
        for left_behind in folder.glob(f"{SCRATCH}*"):
            shutil.rmtree(left_behind, ignore_errors=True)
        scratch = Path(tempfile.mkdtemp(prefix=SCRATCH, dir=folder))
        try:
            loaded = _load(scratch, datasets, on_progress)
            for left in (f"{RECORD_FILE}-wal", f"{RECORD_FILE}-shm"):
                (folder / left).unlink(missing_ok=True)
            (scratch / RECORD_FILE).replace(folder / RECORD_FILE)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return loaded


def _must_be_complete(datasets: Sequence[Dataset]) -> None:
    present = [dataset.about.dataset for dataset in datasets]
    for dataset in datasets:
        missing = sorted(set(dataset.about.needs) - set(present))
        if missing:
            raise BadInput("DATASET_NEEDS_ANOTHER", f"{dataset.about.dataset} needs {missing[0]} beside it")
    if not present or len(set(present)) != len(present):
        raise BadInput("BAD_SCRIPT", "name one data set or several, each once")


def _must_be_empty(place: Place) -> None:
    try:
        record = Record.open(place, owner=False)
    except NotARecord:
        if place.embedded and (place.folder / RECORD_FILE).exists():
            raise
        return
    try:
        if record.head.position:
            raise RecordIsNotEmpty(events=record.head.position)
    finally:
        record.close()


def _load(folder: Path, datasets: Sequence[Dataset], on_progress: OnProgress | None) -> Loaded:
    entries = [*_adoptions(datasets), *merged(datasets)]
    nouns = _named(datasets)
    clock = ScriptClock(entries[0].at)
    # The record's own id is not part of the seed: a record that was made again is another record.
    Record.open(folder, clock).close()
    record = Record.open(folder, clock, SeededIds(_seed(datasets)))
    try:
        desk = Desk(record, inline=True)
        illustrated = any(dataset.about.basis is Basis.ILLUSTRATED for dataset in datasets)
        lapses = Basis.ILLUSTRATED if illustrated else Basis.COMPUTED
        for done, entry in enumerate(entries, 1):
            _record_lapses(desk, clock, entry.at, lapses)
            clock.set(entry.at)
            _give(desk, entry, nouns)
            if on_progress is not None:
                on_progress(done, len(entries))
        until = max(aware(dataset.about.until) for dataset in datasets)
        _record_lapses(desk, clock, until, lapses)
        firsts = (recorded.event for recorded in record.read_all() if recorded.event.originator_version == 1)
        kinds = Counter(event.TOPIC.partition(".")[0] for event in firsts)
        return Loaded(record.head.position, dict(sorted(kinds.items())), until)
    finally:
        record.close()


def _adoptions(datasets: Sequence[Dataset]) -> Iterator[Entry]:
    """The editions that come with the product, adopted before anything else, as far as they were known by then."""
    wanted = [(dataset, dataset.about.references) for dataset in datasets if dataset.about.references is not None]
    if len(wanted) != 1:
        raise BadInput("BAD_SCRIPT", "one of the data sets says which references it reads, and one only")
    [(dataset, references)] = wanted
    for edition in bundled_references(lambda year: year <= references.calendars_through):
        yield Entry(
            dataset=dataset.about.dataset,
            place=f"references/{edition.edition}",
            at=aware(references.at),
            command="adopt_edition",
            arguments={"kind": edition.kind.value, "edition": edition.edition, "content": edition.content},
            actor=LOADER,
            basis=Basis.INFERRED,
            reason="An edition that comes with the product: its content says on what each of its values rests.",
        )


def _named(datasets: Sequence[Dataset]) -> dict[str, str]:
    nouns: dict[str, str] = {}
    for dataset in datasets:
        twice = sorted(set(nouns) & set(dataset.nouns))
        if twice:
            raise BadInput("BAD_SCRIPT", f"two data sets name a noun {twice[0]}")
        nouns.update(dataset.nouns)
    return nouns


def _seed(datasets: Sequence[Dataset]) -> str:
    digest = hashlib.sha256()
    for dataset in datasets:
        for script in dataset.about.scripts:
            digest.update((dataset.folder / script).read_bytes())
    return digest.hexdigest()


def _record_lapses(desk: Desk, clock: ScriptClock, until: datetime, basis: Basis) -> None:
    """Let the watch record what lapses up to `until`, each at its instant, as it does where time passes by itself."""
    while due := desk.record.due_streams(until):
        lapse_at = max(due[0][1], clock.now())
        clock.set(lapse_at)
        record_due(desk, lapse_at, basis)


def _give(desk: Desk, entry: Entry, nouns: Mapping[str, str]) -> None:
    """Give one command. BadInput BAD_SCRIPT where it makes no sense or is refused."""
    meta = Metadata(
        decided_at=entry.at,
        actor=desk.acting(entry.actor),
        correlation_id=entry.correlation_id,
        reason=entry.reason,
        source=entry.source,
        basis=entry.basis,
        clock=desk.record.clock.basis,
    )
    try:
        command = command_called(entry.command)
        arguments = read_arguments(command, entry.arguments, nouns)
        if entry.name is not None:
            if not takes_an_id(command):
                raise BadInput("BAD_ARGUMENT", f"{entry.command} makes no noun that a script may name")
            arguments["id"] = nouns[entry.name]
        command(desk, Order(meta), **arguments)
    except (BadInput, Refusal, TypeError) as error:
        said = f"{error.code}: {error}" if isinstance(error, BadInput | Refusal) else str(error)
        raise BadInput("BAD_SCRIPT", f"{entry.dataset}/{entry.place} ({entry.command}): {said}") from error
