/** What happened around the handlings: how high it was taken, what was tried and decided, progress, reminders, turns. */
import type { ReactNode } from "react";
import { Beside } from "../../parts/Beside";
import { eventsOf, useWho } from "../../parts/History";
import { instantText } from "../../words/dates";
import { type InBoth, useLabel, useWords } from "../../words/language";
import { dueOf } from "./due";
import type { TicketShown } from "./steps";
import { WORDS } from "./words";

export function Proceedings({
  ticket,
  now,
  today,
  dayNow,
}: {
  ticket: TicketShown;
  now: TicketShown | undefined;
  today: string;
  /** The day of now, where that is compared. */
  dayNow: string | undefined;
}) {
  const t = useWords(WORDS);
  const say = useLabel();
  const who = useWho(eventsOf(ticket.history, now?.history));
  const actor = (by: string, unit: { readonly name: InBoth } | null) => (unit === null ? who(by) : say(unit.name));
  // What is due is as near as on the day of its own side.
  const nearness = (row: TicketShown["decisions"][number]) =>
    dueOf(row.deadline.lastDay, now?.decisions.includes(row) ? (dayNow ?? today) : today, row.deadline.late);
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
      <Part
        title={t("decisions")}
        rows={ticket.decisions}
        now={now?.decisions}
        keyOf={({ number }) => String(number)}
        tellsOf={(row) => [row, row.deadline.metAt ? null : nearness(row)]}
      >
        {(row) => {
          const { number, text, unit, decidedAt, deadline, outcome, lapse } = row;
          const { says, days } = nearness(row);
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
  tellsOf,
  children,
}: {
  title: string;
  rows: readonly Row[];
  now: readonly Row[] | undefined;
  keyOf: (row: Row) => string;
  tellsOf?: (row: Row) => unknown;
  children: (row: Row) => ReactNode;
}) {
  if (rows.length + (now?.length ?? 0) === 0) return null;
  return (
    <section>
      <h2>{title}</h2>
      <Beside rows={rows} now={now} keyOf={keyOf} as="ol" {...(tellsOf && { tellsOf })}>
        {children}
      </Beside>
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
