"""A server whose clock is wrong by as many seconds as a file says: `python -m tests.faults.jumping FILE serve`."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path

from txapi.__main__ import main
from txapi.record.clock import SystemClock

if __name__ == "__main__":
    wrong = Path(sys.argv.pop(1))
    right = SystemClock.now

    def now(self: SystemClock) -> datetime:
        return right(self) + timedelta(seconds=float(wrong.read_text() or 0))

    SystemClock.now = now  # type: ignore[method-assign]
    main()
