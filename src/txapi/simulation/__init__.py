"""A simulated city 模拟: a large, realistic, reproducible record, made by the real rules and written by the real record."""

from __future__ import annotations

from txapi.simulation.run import Simulated, simulate

__all__ = ["Simulated", "simulate"]
