/** What happened around the handlings: how high it was taken, what was tried and decided, progress, reminders, turns. */
import type { ReactNode } from "react";
import { Differs } from "../../parts/Differs";
import { useWho } from "../../parts/History";
import { Change, classOf, sidesOf, whole } from "../../parts/sides";
import { instantText } from "../../words/dates";
import { type InBoth, useLabel, useWords } from "../../words/language";
import { dueOf } from "./due";
import type { TicketShown } from "./steps";
import { WORDS } from "./words";

export function Proceedings({
  ticket,
  now,
  today,
}: {
  ticket: TicketShown;
  now: TicketShown | undefined;
  today: string;
}) {
  const t = useWords(WORDS);
  const say = useLabel();
  const who = useWho(ticket.history.nodes);
  const actor = (by: string, unit: { readonly name: InBoth } | null) => (unit === null ? who(by) : say(unit.name));
  return (
    <div className="proceedings">
      <Part title={t("escalations")} rows={ticket.escalationHistory} now={now?.escalationHistory} keyOf={instantOf}>
        {({ to, at, reason, leader }) => (
          <Line at={at} who={leader ? [leader.name, leader.post].filter(Boolean).join(" · ") : ""} what={t(to)}>
            {reason}
          </Line>
        )}
      </Part>
      <Part title={t("attempts")} rows={ticket.attempts} now={now?.attempts} keyOf={instantOf}>
        {({ at, by, byUnit, outcome, settled }) => (
          <Line at={at} who={actor(by, byUnit)} what={t(settled ? "settled" : "notSettled")}>
            {outcome}
          </Line>
        )}
      </Part>
      <Part title={t("decisions")} rows={ticket.decisions} now={now?.decisions} keyOf={({ number }) => String(number)}>
        {({ number, text, unit, decidedAt, deadline, outcome, lapse }) => {
          const { says, days } = dueOf(deadline.lastDay, today, deadline.late);
          return (
            <Line at={decidedAt} who={say(unit?.name)} what={`${number}.`}>
              {text}
              <br />
              <span className={deadline.late ? "warn" : undefined}>
                {deadline.lastDay}{" "}
                {deadline.metAt ? t("metAt", { at: instantText(deadline.metAt) }) : t(says, { days })}
                {lapse ? ` ${t("lapsedAt", { at: instantText(lapse.at) })}` : null}
              </span>
              {outcome ? (
                <>
                  <br />
                  {t("carriedOut", { outcome })}
                </>
              ) : null}
            </Line>
          );
        }}
      </Part>
      <Part title={t("progress")} rows={ticket.progress} now={now?.progress} keyOf={instantOf}>
        {({ at, unit, note }) => (
          <Line at={at} who={say(unit?.name)}>
            {note}
          </Line>
        )}
      </Part>
      <Part title={t("reminders")} rows={ticket.reminders} now={now?.reminders} keyOf={instantOf}>
        {({ at, by, byUnit, unit, note }) => (
          <Line
            at={at}
            who={
              <>
                {actor(by, byUnit)} → {say(unit?.name)}
              </>
            }
          >
            {note}
          </Line>
        )}
      </Part>
      <Part title={t("turns")} rows={ticket.turns} now={now?.turns} keyOf={instantOf}>
        {({ state, at, by, byUnit, reason }) => (
          <Line at={at} who={actor(by, byUnit)} what={t(state)}>
            {reason}
          </Line>
        )}
      </Part>
    </div>
  );
}

const instantOf = ({ at }: { readonly at: string }) => at;

/** A heading and its lines, with those that came since; nothing where there are none. */
function Part<Row>({
  title,
  rows,
  now,
  keyOf,
  children,
}: {
  title: string;
  rows: readonly Row[];
  now: readonly Row[] | undefined;
  keyOf: (row: Row) => string;
  children: (row: Row) => ReactNode;
}) {
  const sides = sidesOf(whole(rows), now && whole(now), keyOf);
  if (sides.length === 0) return null;
  return (
    <section>
      <h2>{title}</h2>
      <ol className="plain">
        {sides.map(({ key, row, now: today, change }) => (
          <li key={key} className={classOf({ change })}>
            <Differs then={row} now={today} draw={children} />
            <Change of={change} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Line({ at, who, what, children }: { at: string; who: ReactNode; what?: string; children: ReactNode }) {
  return (
    <>
      <time dateTime={at}>{instantText(at)}</time> {what === undefined ? null : <strong>{what}</strong>}{" "}
      <span className="hint">{who}</span>
      <div>{children}</div>
    </>
  );
}
