"""What the process that started a server tells it, beside the signals that anybody may send."""

from __future__ import annotations

import signal

LEAVE = signal.SIGUSR1
"""End as at SIGTERM. However often it is heard, and whoever has sent SIGTERM besides, it never means to hurry."""

HAND_OVER = signal.SIGUSR2
"""Accept nothing more, for a successor on the same socket does; answer whoever is connected, and end."""
