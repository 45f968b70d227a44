"""`txapi webhook`: how far other systems were told, telling them again, and the secrets that sign what they are told."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from txapi.cli.ends import BAD_USAGE, data_option, ends_clearly, json_option, say_json, settings_for, stop

if TYPE_CHECKING:
    from txapi.domain.webhook import Webhook
    from txapi.record import Record
    from txapi.record.deliveries import Deliveries, Delivery


@click.group()
def webhook() -> None:
    """Look after webhooks, beside a running server or without one. They are registered by GraphQL (registerWebhook)."""


@webhook.command("list")
@data_option
@json_option
@ends_clearly
def list_webhooks(data: Path | None, as_json: bool) -> None:
    """List the webhooks: how far each was told, how it stands, and what went wrong last.

    \b
    Example:
      txapi webhook list
    """
    from txapi.web.webhooks.addresses import why_never

    plain_http = settings_for(data=data).webhook_http == "private"
    with _opened(data) as (record, deliveries):
        kept, secrets = deliveries.all(), deliveries.secrets()
        head = record.head.position
        rows = [
            _row(each, kept.get(each.id), len(secrets.get(each.id, ())), why_never(each.url, plain_http=plain_http))
            for each in _webhooks(record)
        ]
    if as_json:
        say_json({"head": head, "webhooks": rows})
        return
    click.echo(f"{len(rows)} webhooks; the record is at position {head}")
    for row in rows:
        click.echo(f"{row['webhook']}  {row['state']}  told up to {row['position']}  {row['name']}  {row['url']}")
        if row["lastError"] and row["state"] != "CLOSED":
            click.echo(
                f"    {row['lastError'] if row['state'] == 'NOT_ALLOWED_HERE' else row['deadBecause'] or row['lastError']}"
            )


@webhook.command()
@click.argument("which")
@click.option(
    "--after", type=click.IntRange(0), help="The position behind which it is told; where it stands unless given."
)
@data_option
@json_option
@ends_clearly
def replay(which: str, after: int | None, data: Path | None, as_json: bool) -> None:
    """Tell WHICH webhook (its id or its name) again what was recorded behind a position. A dead one lives from then on.

    \b
    Examples:
      txapi webhook replay 协同办公系统
      txapi webhook replay 协同办公系统 --after 1200
    """
    with _opened(data) as (record, deliveries):
        found = _found(record, which)
        kept = deliveries.all().get(found.id)
        if after is None:
            if kept is None:
                stop(BAD_USAGE, f"{found.name} was never told anything; say behind which position with --after")
            after = kept.position
        if after > record.head.position:
            stop(BAD_USAGE, f"position {after} does not exist; the head is {record.head.position}")
        deliveries.replay(found.id, after, record.event_id_at(after))
    if as_json:
        say_json({"webhook": found.id, "after": after})
    else:
        click.echo(f"{found.name} is told again what was recorded behind position {after}")


@webhook.command()
@click.argument("which")
@click.option("--own", is_flag=True, help="Take the secret from standard input instead of making one.")
@click.option("--drop-old", is_flag=True, help="Sign with the newest secret alone from now on; make none.")
@data_option
@json_option
@ends_clearly
def secret(which: str, own: bool, drop_old: bool, data: Path | None, as_json: bool) -> None:
    """Make a secret for WHICH webhook (its id or its name) and print it, this once. Until the old one is dropped, both sign.

    \b
    Examples:
      txapi webhook secret 协同办公系统
      txapi webhook secret 协同办公系统 --own < secret.txt
      txapi webhook secret 协同办公系统 --drop-old
    """
    from txapi.web.webhooks.signing import BadSecret, key_of, new_secret

    if own and drop_old:
        stop(BAD_USAGE, "--drop-old takes no secret; say one of them")
    with _opened(data) as (record, deliveries):
        found = _found(record, which)
        if drop_old:
            dropped = deliveries.drop_old_secret(found.id)
            said = "the newest secret alone signs from now on" if dropped else "there was no older secret"
            if as_json:
                say_json({"webhook": found.id, "dropped": dropped})
            else:
                click.echo(said)
            return
        text = sys.stdin.readline().strip() if own else new_secret()
        try:
            key_of(text)
        except BadSecret as error:
            stop(BAD_USAGE, str(error))
        deliveries.add_secret(found.id, text)
    if as_json:
        say_json({"webhook": found.id, "secret": None if own else text})
    elif own:
        click.echo("kept; it signs from now on")
    else:
        click.echo(text)


@contextmanager
def _opened(data: Path | None) -> Iterator[tuple[Record, Deliveries]]:
    """The record to read, beside whoever owns it, and the deliveries."""
    from txapi.cli.reading import open_to_read
    from txapi.record.deliveries import Deliveries

    place = settings_for(data=data).place
    with open_to_read(place) as record, Deliveries.open(place) as deliveries:
        yield record, deliveries


def _webhooks(record: Record) -> list[Webhook]:
    """Every webhook, by name."""
    from txapi.domain.webhook import Webhook

    streams = record.streams_between(Webhook.KIND, 0, record.head.position)
    return sorted((record.load(Webhook, id) for id in streams), key=lambda each: (each.name, each.id))


def _found(record: Record, which: str) -> Webhook:
    found = [each for each in _webhooks(record) if which in {each.id, each.name}]
    if not found:
        stop(BAD_USAGE, f"there is no webhook {which!r}; `txapi webhook list` lists them")
    if len(found) > 1:
        stop(
            BAD_USAGE,
            f"{len(found)} webhooks are called {which!r}; say the id of one: {', '.join(w.id for w in found)}",
        )
    return found[0]


def _row(webhook: Webhook, delivery: Delivery | None, secrets: int, never: str | None) -> dict[str, Any]:
    from txapi.record.deliveries import state_of
    from txapi.record.instants import instant

    def time(micros: int | None) -> str | None:
        return None if micros is None else instant(micros).isoformat()

    return {
        "webhook": webhook.id,
        "name": webhook.name,
        "url": webhook.url,
        "state": "CLOSED" if webhook.closed else state_of(delivery, secrets, never).name,
        "secrets": secrets,
        "position": None if delivery is None else delivery.position,
        "attempts": 0 if delivery is None else delivery.attempts,
        "lastStatus": delivery and delivery.last_status,
        "lastError": never or (delivery and delivery.last_error),
        "lastAttempt": delivery and time(delivery.last_attempt),
        "acknowledgedAt": delivery and time(delivery.acknowledged_at),
        "nextAttempt": delivery and time(delivery.next_attempt),
        "deadSince": delivery and time(delivery.dead_since),
        "deadBecause": delivery and delivery.dead_because,
    }
