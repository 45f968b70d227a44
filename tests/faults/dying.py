"""A server that is killed at one place of the path of a write: `python -m tests.faults.dying OF MOMENT TURN serve`."""

from __future__ import annotations

import random
import sys

from tests.faults.killpoints import Moment, Of, Point, Trigger, arm
from txapi.__main__ import main

if __name__ == "__main__":
    of, moment, turn = (sys.argv.pop(1) for _ in range(3))
    arm(Trigger(Point(Of(of), Moment(moment)), int(turn), random.uniform(0, 0.003)))
    main()
