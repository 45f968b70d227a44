/** What was recorded about something 履历, the newest first: who, when, why, by which document, and what it changed, field by field. */
import { Link } from "../client/place";
import type { EventToldFragment } from "../generated/operations";
import { instantText } from "../words/dates";
import { useLabel, useWords } from "../words/language";
import { useChoices } from "./choices";
import { Change, classOf } from "./sides";
import { Value } from "./Value";
import { WORDS } from "./words";

/** Who acted, for people: the unit, or the role of whoever acts for none. */
export function useActorText() {
  const t = useWords(WORDS);
  const say = useLabel();
  const { units } = useChoices();
  return ({ role, unit }: EventToldFragment["actor"]) =>
    unit === null ? t(role) : `${say(units.get(unit)) || unit} · ${t(role)}`;
}

/**
 * Who somebody is whom a page knows by subject alone, as what was recorded there tells it: unit and role, with the subject as a detail.
 * Only the subject, where none of these events is theirs.
 */
export function useWho(events: readonly Pick<EventToldFragment, "actor">[]) {
  const actorText = useActorText();
  const actors = new Map(events.map(({ actor }) => [actor.subject, actor]));
  return (subject: string) => {
    const actor = actors.get(subject);
    return actor === undefined ? subject : <span title={subject}>{actorText(actor)}</span>;
  };
}

/** Events as an answer tells them: the newest of all. */
interface Recorded {
  readonly nodes: readonly EventToldFragment[];
  readonly totalCount: number;
}

/** Who the events of then tell of, and those of now where they are compared. */
export function eventsOf(history: Recorded, now: Recorded | undefined): readonly EventToldFragment[] {
  return [...history.nodes, ...recordedSince(history, now)];
}

/** What was recorded since: the record only grows, so whatever stands behind the last of then. */
function recordedSince({ nodes }: Recorded, now: Recorded | undefined): readonly EventToldFragment[] {
  const last = BigInt(nodes.at(-1)?.position ?? 0);
  return now?.nodes.filter(({ position }) => BigInt(position) > last) ?? [];
}

export function History({ of: history, now }: { of: Recorded; now?: Recorded | undefined }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const actorText = useActorText();
  const { nodes: events, totalCount: total } = history;
  const since = recordedSince(history, now);
  return (
    <>
      {total > events.length ? <p className="hint">{t("newestOf", { count: events.length, total })}</p> : null}
      <ol className="history" reversed>
        {[...events, ...since].toReversed().map((event) => (
          <li key={event.position} className={since.includes(event) ? classOf({ change: "cameSince" }) : undefined}>
            <header>
              <time dateTime={event.decidedAt}>{instantText(event.decidedAt)}</time> <strong>{say(event.label)}</strong>{" "}
              <span className="hint" title={event.actor.subject}>
                {actorText(event.actor)} · <Link to={`/record/${event.position}`}>#{event.position}</Link>
                {event.source ? ` · ${event.source.document} ${event.source.locator}` : null}
              </span>
              <Change of={since.includes(event) ? "cameSince" : null} />
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
                            <div className="before">
                              <Value value={before} beside={after} />
                            </div>
                            <span className="turned">{t("turnedInto")}</span>
                          </>
                        )}
                        <div>
                          <Value value={after} beside={before ?? undefined} />
                        </div>
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
