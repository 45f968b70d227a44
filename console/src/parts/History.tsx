/** What was recorded about a noun, the newest first: who, when, why, and what it changed, field by field. */
import { Link } from "../client/place";
import type { EventToldFragment } from "../generated/operations";
import { instantText } from "../words/dates";
import { useLabel, useWords } from "../words/language";
import { WORDS } from "./words";

/** A value of a field, as text: what is nested stays as it is stored. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "object") return JSON.stringify(value);
  return String(value);
}

export function History({ events, total }: { events: readonly EventToldFragment[]; total: number }) {
  const t = useWords(WORDS);
  const say = useLabel();
  return (
    <>
      {total > events.length ? <p className="hint">{t("newestOf", { count: events.length, total })}</p> : null}
      <ol className="history" reversed>
        {events.toReversed().map((event) => (
          <li key={event.position}>
            <header>
              <time dateTime={event.decidedAt}>{instantText(event.decidedAt)}</time> <strong>{say(event.label)}</strong>{" "}
              <span className="hint">
                {event.actor.unit ?? event.actor.subject} ·{" "}
                <Link to={`/record/${event.position}`}>#{event.position}</Link>
              </span>
            </header>
            {event.reason ? <p className="reason">{t("reason", { reason: event.reason })}</p> : null}
            {event.changes.length === 0 ? null : (
              <details>
                <summary>{t("changes", { count: event.changes.length })}</summary>
                <dl className="changes">
                  {event.changes.map(({ field, label, before, after }) => (
                    <div key={field}>
                      <dt>
                        {say(label)} <code>{field}</code>
                      </dt>
                      <dd>
                        {before === null || before === undefined ? null : (
                          <>
                            <del>{valueText(before)}</del> →{" "}
                          </>
                        )}
                        <span>{valueText(after)}</span>
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
