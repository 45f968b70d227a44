"""What the operating system says of the processes that serve: their sum, whichever of them is asked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from prometheus_client import ProcessCollector, values
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"

_SUMMED = frozenset(
    {"process_cpu_seconds", "process_resident_memory_bytes", "process_virtual_memory_bytes", "process_open_fds"}
)


class Processes(Collector):
    """Sums processor time, memory and open files over `pids`; start time and the limit of files are the smallest."""

    def __init__(self, pids: Callable[[], Iterable[int]]) -> None:
        self._pids = pids

    def collect(self) -> Iterator[Metric]:
        """The metrics; none where the system has no /proc."""
        found: dict[str, Metric] = {}
        for pid in self._pids():
            for metric in ProcessCollector(pid=pid.__index__, registry=None).collect():
                known = found.setdefault(metric.name, metric)
                if known is not metric:
                    join = sum if metric.name in _SUMMED else min
                    value = join((known.samples[0].value, metric.samples[0].value))
                    known.samples[0] = known.samples[0]._replace(value=value)
        yield from found.values()


def only_this() -> list[int]:
    """The process that is asked."""
    return [os.getpid()]


def sharing(folder: Path) -> list[int]:
    """The processes that keep their metrics in the folder and are not known to have ended."""
    return sorted({int(path.stem.rpartition("_")[2]) for path in folder.glob("gauge_live*.db")})


def shared_folder() -> Path | None:
    """The folder in which the processes of one server keep their metrics together, if they do."""
    folder = os.environ.get(SHARED_FOLDER)
    if folder is None:
        return None
    if not values.ValueClass._multiprocess:
        raise RuntimeError(
            f"{SHARED_FOLDER} must be set before prometheus_client is imported: start the process with it"
        )
    return Path(folder)
