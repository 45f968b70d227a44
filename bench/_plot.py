"""The plot of the README: how the servers stand to the endpoint by hand, as an SVG that depends on the figures alone."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from _verdict import Ratio

WIDTH, LEFT, RIGHT = 760, 170, 90
BAR, GAP, HEAD = 16, 5, 30
OURS, OTHERS, LINE, TEXT = "#b3312c", "#7d8ca3", "#333333", "#222222"
NAMES = {
    "handwritten": "endpoint by hand",
    "stock_strawberry": "Strawberry",
    "stock_ariadne": "Ariadne",
    "mercurius": "mercurius + jit",
    "yoga": "yoga + graphql-jit",
    "postgraphile": "PostGraphile 5",
}
"""What people call them."""


def plot(title: str, note: str, groups: Mapping[str, Mapping[str, Ratio]]) -> str:
    """The SVG: for each group a bar for each server, as long as its median, with a line from its least round to its greatest."""
    most = max([1.0, *(one.greatest for servers in groups.values() for one in servers.values())])
    scale = (WIDTH - LEFT - RIGHT) / most
    parts: list[str] = []
    top = 58
    for name, servers in groups.items():
        parts.append(_text(16, top + 13, name, weight=600))
        top += HEAD - 8
        begins = top
        # The best first; of equal ones by name, so that the same figures give the same picture.
        for server, one in sorted(servers.items(), key=lambda pair: (-pair[1].middle, pair[0])):
            colour = OURS if server.startswith("txapi") else OTHERS
            middle = top + BAR / 2
            parts.append(_text(LEFT - 8, top + 12, NAMES.get(server, server), anchor="end"))
            parts.append(
                f'<rect x="{LEFT}" y="{top}" width="{one.middle * scale:.1f}" height="{BAR}" fill="{colour}"/>'
                f'<path d="M{LEFT + one.least * scale:.1f} {middle:.1f}H{LEFT + one.greatest * scale:.1f}" stroke="{LINE}"/>'
            )
            parts.append(_text(LEFT + one.greatest * scale + 6, top + 12, f"{one.middle:.2f}"))
            top += BAR + GAP
        parts.append(
            f'<path d="M{LEFT + scale:.1f} {begins - 3}V{top}" stroke="{LINE}" stroke-dasharray="3 3" fill="none"/>'
        )
        top += 14
    size = f'width="{WIDTH}" height="{top + 14}"'
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {WIDTH} {top + 14}" font-family="system-ui, sans-serif">',
        "<!-- Written by `make bench`; do not edit. -->",
        f'<rect {size} fill="#ffffff"/>',
        _text(16, 24, title, weight=700, size=15),
        _text(16, 42, note, colour="#666666"),
    ]
    return "\n".join([*head, *parts, _foot(top), "</svg>", ""])


def _foot(top: float) -> str:
    return _text(
        16, top + 4, "Longer is better; the thin line reaches from the least round to the greatest.", colour="#666666"
    )


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", weight: int = 400, size: int = 12, colour: str = TEXT
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" font-size="{size}" fill="{colour}">'
        f"{escape(text)}</text>"
    )
