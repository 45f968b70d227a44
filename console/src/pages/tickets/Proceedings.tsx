/** What happened around the handlings: how high it was taken, what was tried and decided, progress, reminders, turns. */
import type { ReactNode } from "react";
import { instantText } from "../../words/dates";
import { useLabel, useWords } from "../../words/language";
import { dueOf } from "./due";
import type { TicketShown } from "./steps";
import { WORDS } from "./words";

export function Proceedings({ ticket, today }: { ticket: TicketShown; today: string }) {
  const t = useWords(WORDS);
  const say = useLabel();
  return (
    <div className="proceedings">
      <Part title={t("escalations")} rows={ticket.escalationHistory}>
        {({ to, at, reason, leader }) => (
          <Line at={at} key={at} who={leader ? [leader.name, leader.post].filter(Boolean).join("，") : ""} what={t(to)}>
            {reason}
          </Line>
        )}
      </Part>
      <Part title={t("attempts")} rows={ticket.attempts}>
        {({ at, by, outcome, settled }) => (
          <Line at={at} key={at} who={by} what={t(settled ? "settled" : "notSettled")}>
            {outcome}
          </Line>
        )}
      </Part>
      <Part title={t("decisions")} rows={ticket.decisions}>
        {({ number, text, unit, decidedAt, deadline, outcome, lapse }) => {
          const { says, days } = dueOf(deadline.lastDay, today, deadline.late);
          return (
            <Line at={decidedAt} key={number} who={say(unit?.name)} what={`${number}.`}>
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
      <Part title={t("progress")} rows={ticket.progress}>
        {({ at, unit, note }) => (
          <Line at={at} key={at} who={say(unit?.name)}>
            {note}
          </Line>
        )}
      </Part>
      <Part title={t("reminders")} rows={ticket.reminders}>
        {({ at, by, unit, note }) => (
          <Line at={at} key={at} who={`${by} → ${say(unit?.name)}`}>
            {note}
          </Line>
        )}
      </Part>
      <Part title={t("turns")} rows={ticket.turns}>
        {({ state, at, by, reason }) => (
          <Line at={at} key={at} who={by} what={t(state)}>
            {reason}
          </Line>
        )}
      </Part>
    </div>
  );
}

/** A heading and its lines; nothing where there are none. */
function Part<Row>({
  title,
  rows,
  children,
}: {
  title: string;
  rows: readonly Row[];
  children: (row: Row) => ReactNode;
}) {
  if (rows.length === 0) return null;
  return (
    <section>
      <h2>{title}</h2>
      <ol className="plain">{rows.map(children)}</ol>
    </section>
  );
}

function Line({ at, who, what, children }: { at: string; who: string; what?: string; children: ReactNode }) {
  return (
    <li>
      <time dateTime={at}>{instantText(at)}</time> {what === undefined ? null : <strong>{what}</strong>}{" "}
      <span className="hint">{who}</span>
      <div>{children}</div>
    </li>
  );
}
