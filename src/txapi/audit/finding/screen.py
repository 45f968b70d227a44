"""The sheet as a page for a browser: complete in itself, without scripts, and made to be printed too."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from txapi.audit.finding.form import form_of
from txapi.audit.finding.sheet import Finding

_STYLE = """
:root { color: #1b1f23; font: 15px/1.55 "Noto Serif SC", "Source Han Serif SC", "Songti SC", SimSun, serif; }
body { max-width: 190mm; margin: 2rem auto; padding: 0 1rem; }
h1 { text-align: center; font-size: 1.7rem; letter-spacing: .3em; margin: 0; }
h1 + p { text-align: center; color: #5a6672; margin: .2rem 0 1.2rem; }
h2 { font-size: 1.1rem; border-bottom: 1px solid #1b1f23; margin: 1.6rem 0 .6rem; padding-bottom: .2rem; }
h3 { font-size: 1rem; margin: 1rem 0 .3rem; }
h2 small, h3 small, th small, dt small { color: #5a6672; font-weight: normal; }
table { border-collapse: collapse; width: 100%; margin: .4rem 0; }
th, td { border: 1px solid #9aa4ae; padding: .25rem .5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
.when { white-space: nowrap; }
th { background: #f3f6f8; font-weight: 600; }
table.pairs th { width: 26%; }
table.pairs tr { break-inside: avoid; }
small { font-size: .8em; }
.asked { font-weight: 600; margin: .4rem 0 0; }
.asked + p:not(.told) { color: #5a6672; margin: 0 0 .6rem; }
.told { border-left: 3px solid #b7791f; padding-left: .6rem; }
ol.items { padding-left: 1.6rem; }
ol.items > li { margin: .6rem 0; }
.evidence { display: flex; gap: 1rem; align-items: flex-start; }
.evidence table { flex: 1; }
figure { margin: .4rem 0; width: 70mm; flex: none; text-align: center; }
figure svg { width: 70mm; height: 70mm; }
figcaption { font-size: .8em; color: #5a6672; }
pre { font: 11px/1.45 "DejaVu Sans Mono", Consolas, monospace; border: 1px solid #9aa4ae; padding: .6rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
.opinion { border: 1px solid #1b1f23; padding: .5rem .8rem; min-height: 60mm; display: flex; flex-direction: column; break-inside: avoid; }
.opinion .signs { margin-top: auto; display: grid; grid-template-columns: 1fr 1fr; gap: 1.6rem 1rem; padding-bottom: .6rem; }
.opinion .signs :last-child { grid-column: 2; }
.auditors { display: flex; justify-content: space-between; margin: .8rem 0; }
@media print { body { margin: 0; max-width: none; } h2, h3 { break-after: avoid; } thead { display: table-header-group; } }
@page { size: A4; margin: 20mm 18mm; @bottom-center { content: "第" counter(page) "页 共" counter(pages) "页"; } }
"""

_WHEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9:.]+)?$")

Form = dict[str, Any]


def screen(finding: Finding) -> str:
    """The sheet as HTML. Nothing in it is loaded from elsewhere, and nothing of the answer is markup."""
    form = form_of(finding)
    evidence, signing = form["evidence"], form["signing"]
    first, second, checking = form["annexes"]
    parts = [
        f"<h1>{_t(form['title']['zh'])}</h1><p>{_t(form['title']['en'])}</p>",
        _pairs(form["head"]),
        _h(2, form["summary"]["title"]),
        _asked(form["summary"]["asked"]),
        _pairs(form["summary"]["moment"]),
        *(f'<p class="told">{_t(one["zh"])}<br>{_t(one["en"])}</p>' for one in form["summary"]["told"]),
        *map(_block, form["summary"]["blocks"]),
        _h(2, evidence["title"]),
        # The code is drawn by us from the receipt, and is the only markup that is passed on as such.
        (
            f'<div class="evidence">{_pairs(evidence["pairs"])}<figure>{evidence["qr"]["svg"]}'
            f"<figcaption>{_t(evidence['qr']['says']['zh'])}<br>{_t(evidence['qr']['says']['en'])}</figcaption></figure></div>"
        ),
        _signing(signing),
        *(_h(2, annex["title"]) + f"<pre>{_t(chr(10).join(annex['lines']))}</pre>" for annex in (first, second)),
        _h(2, checking["title"]),
        "<ol>" + "".join(f"<li>{_t(step['zh'])}<br><small>{_t(step['en'])}</small></li>" for step in checking["steps"]),
        "</ol>",
    ]
    return (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_t(form['title']['zh'])} {_t(form['summary']['asked']['zh'])}</title>\n<style>{_STYLE}</style>\n</head>\n"
        "<body>\n" + "\n".join(parts) + "\n</body>\n</html>\n"
    )


def _t(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _cell(text: str) -> str:
    return f"<td{' class=when' if _WHEN.match(text) else ''}>{_t(text)}</td>"


def _bilingual(label: Form) -> str:
    en = f" <small>{_t(label['en'])}</small>" if label["en"] and label["en"] != label["zh"] else ""
    return f"{_t(label['zh'])}{en}"


def _h(level: int, title: Form | None) -> str:
    return "" if title is None else f"<h{level}>{_bilingual(title)}</h{level}>"


def _pairs(pairs: list[Form]) -> str:
    rows = "".join(f"<tr><th>{_bilingual(one['label'])}</th>{_cell(one['value'])}</tr>" for one in pairs)
    return f'<table class="pairs">{rows}</table>'


def _block(block: Form) -> str:
    match block["kind"]:
        case "pairs":
            return _pairs(block["pairs"])
        case "grid":
            heads = "".join(f"<th>{_bilingual(head)}</th>" for head in block["heads"])
            rows = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in block["rows"])
            return f"{_h(3, block['title'])}<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        case "items":
            items = "".join(f"<li>{''.join(map(_block, item))}</li>" for item in block["items"])
            return f'{_h(3, block["title"])}<ol class="items">{items}</ol>'
        case _:
            return _h(3, block["title"]) + "".join(map(_block, block["blocks"]))


def _asked(asked: Form) -> str:
    en = f"<p>{_t(asked['en'])}</p>" if asked["en"] != asked["zh"] else ""
    return f'<p class="asked">{_t(asked["zh"])}</p>{en}'


def _signing(signing: Form) -> str:
    def line(one: Form) -> str:
        return f"<span>{_bilingual(one['label'])}：{_t(one['value']) or '　' * 8}</span>"

    signs = "".join(f"<span>{_bilingual(signing[name])}</span>" for name in ("head", "seal", "date"))
    return (
        f'<p class="auditors">{line(signing["auditor"])}{line(signing["prepared"])}</p>'
        f'<div class="opinion"><div><b>{_bilingual(signing["opinion"])}</b> {_bilingual(signing["hint"])}</div>'
        f'<div class="signs">{signs}</div></div>'
    )
