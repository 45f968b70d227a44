"""What the settings say of how webhooks are told."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from txapi.settings import Settings
from txapi.web.webhooks.addresses import why_never
from txapi.web.webhooks.deliverer import Telling
from txapi.web.webhooks.schedule import Schedule


def never_called_by(telling: Telling | None) -> Callable[[str], str | None]:
    """Tells why a URL is never called by who tells webhooks so; None where it may be, or where nobody tells any."""
    if telling is None:
        return lambda url: None
    return partial(why_never, plain_http=telling.plain_http)


def telling_of(settings: Settings) -> Telling:
    """How webhooks are told, as the settings say."""
    return Telling(
        settings.public_url,
        settings.webhook_http == "private",
        settings.webhook_timeout_seconds,
        Schedule(settings.webhook_retry_seconds, settings.webhook_retry_most_seconds, settings.webhook_dead_seconds),
    )
