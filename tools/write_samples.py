"""Writes a stored sample for every event version that has none yet, and its line in SHA256SUMS. Never changes one.

.venv/bin/python -m tools.write_samples
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from tests.city import City
from tests.contracts.every_event import record_every_event

SAMPLES = Path(__file__).resolve().parent.parent / "domain" / "samples"


def main() -> None:
    """Record every event once and keep the first of each topic."""
    SAMPLES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        city = City(Path(folder))
        record_every_event(city)
        for row in city.record.store.read(0, 10_000):
            event = city.record.mapper.decode(row.stream, row.version, row.topic, row.state)
            path = SAMPLES / f"{row.topic}.v{event.class_version}.json"
            if not path.exists():
                path.write_bytes(row.state)
                print(f"wrote {path.name}")
        city.close()
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}" for path in sorted(SAMPLES.glob("*.json"))]
    (SAMPLES / "SHA256SUMS").write_text("\n".join(sums) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
