/** What was recorded about a ticket 履历, the newest first: who, when, why, and what it changed, field by field. */
import { Link } from "../../client/place";
import { instantText } from "../../words/dates";
import { useLabel, useWords } from "../../words/language";
import type { TicketShown } from "./steps";
import { WORDS } from "./words";

const AN_INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

export function History({ events, total }: { events: TicketShown["history"]["nodes"]; total: number }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const text = (value: unknown): string => {
    if (value === null || value === undefined || value === "") return t("nothing");
    if (typeof value === "string") return AN_INSTANT.test(value) ? instantText(value) : value;
    return JSON.stringify(value);
  };
  return (
    <>
      {total > events.length ? <p className="hint">{t("newestOf", { count: events.length, total })}</p> : null}
      <ol className="plain told" reversed>
        {events.toReversed().map((event) => (
          <li key={event.position}>
            <time dateTime={event.decidedAt}>{instantText(event.decidedAt)}</time> <strong>{say(event.label)}</strong>{" "}
            <span className="hint">
              {event.actor.unit ?? event.actor.subject} ·{" "}
              <Link to={`/record/${event.position}`}>#{event.position}</Link>
              {event.source ? ` · ${event.source.document} ${event.source.locator}` : null}
            </span>
            {event.reason ? <div>{t("because", { reason: event.reason })}</div> : null}
            {event.changes.length === 0 ? null : (
              <details>
                <summary>{t("changes", { count: event.changes.length })}</summary>
                <dl className="facts">
                  {event.changes.map(({ field, label, before, after }) => (
                    <div key={field}>
                      <dt>{say(label)}</dt>
                      <dd>
                        {before === null || before === undefined ? null : (
                          <>
                            <del>{text(before)}</del> →{" "}
                          </>
                        )}
                        {text(after)}
                      </dd>
                    </div>
                  ))}
                </dl>
              </details>
            )}
          </li>
        ))}
      </ol>
    </>
  );
}
