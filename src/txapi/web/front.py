"""What stands at `/`: the console for who comes with a browser, plain facts for everybody else; and the picture in a browser's tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio.to_thread
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

    from txapi.web.assets import Assets

FACTS = """\
txapi: the record of how a city moves its major projects.

/console/  for people: inbox, board, projects, tickets, the record{console}
/graphql   questions and commands, by GET and POST; subscriptions, by WebSocket and as text/event-stream; in a browser, the IDE
/import    figures, milestones and tickets from .xlsx and .csv: POST ?kind=&record=true; /import/figures.xlsx is a template
/files     files to attach: POST ?name=; /files/<sha256> gives one out to whoever may read what it is attached to
/export/   any table as of any moment: tickets.xlsx?at=2015-08-11, projects.csv?stage=started
/forms/    paper forms as PDF: ticket/2015-0003.pdf, report/wutong/2015-07.pdf, ?at=2015-08-11&lang=en
/events/   the published form of every event: ticket.issued.v1.json
/healthz   200 while the process answers
/readyz    200 while the answers are fresh, 503 with the reasons otherwise
/metrics   counts, times and states for Prometheus
/log/      the Merkle ledger of the record: checkpoint, tile/<L>/<N>, tile/entries/<N>, proof/<position> (C2SP tlog-tiles)

A command needs a token: Authorization: Bearer ...  (txapi token issue --help)
"""

BEING_BUILT = " (being built just now: it is there in a minute or two; console/build.log says how that goes)"
NOT_BUILT = " (not built here: `make console`; everything else answers without it)"

SEAL = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><title>印</title><rect x="2" y="2" width="28" height="28"'
    ' rx="5" fill="#b3261e"/><path d="M8 9h16v3.2h-6.3V25h-3.4V12.2H8z" fill="#fff"/></svg>'
)
"""The console's own picture: browsers ask for one beside whatever they are shown, also where no console is built."""


class Front:
    """The paths that people and browsers ask for unasked."""

    def __init__(self, assets: Assets) -> None:
        self._assets = assets

    def routes(self) -> list[Route]:
        """`/` and `/favicon.ico`."""
        return [Route("/", self._front), Route("/favicon.ico", self._picture)]

    async def _front(self, request: Request) -> Response:
        built = await anyio.to_thread.run_sync(self._assets.are_built)
        headers = {"cache-control": "no-cache", "vary": "Accept"}
        if built and "text/html" in request.headers.get("accept", ""):
            return RedirectResponse("/console/", 302, headers)
        building = not built and await anyio.to_thread.run_sync(self._assets.are_being_built)
        state = "" if built else BEING_BUILT if building else NOT_BUILT
        return PlainTextResponse(FACTS.format(console=state), headers=headers)

    async def _picture(self, request: Request) -> Response:
        headers = {"cache-control": "public, max-age=86400", "cross-origin-resource-policy": "same-origin"}
        return Response(SEAL, media_type="image/svg+xml", headers=headers)
