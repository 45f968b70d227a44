/** Handlings 办理: what every unit did with the ticket, each with its clock, opinion, extensions and outcome. */
import { Differs } from "../../parts/Differs";
import { instantText } from "../../words/dates";
import { useLabel, useWords } from "../../words/language";
import { Clock } from "./Clock";
import type { Handling, TicketShown } from "./steps";
import { WORDS } from "./words";

export function Handlings({
  ticket,
  now,
  today,
}: {
  ticket: TicketShown;
  now: TicketShown | undefined;
  today: string;
}) {
  const t = useWords(WORDS);
  const [last, ...before] = ticket.handlings.toReversed();
  if (last === undefined) return <p className="hint">{t("notSent")}</p>;
  const shown = (handling: Handling) => (
    <One
      key={handling.number}
      handling={handling}
      now={now?.handlings.find(({ number }) => number === handling.number)}
      today={today}
    />
  );
  return (
    <section>
      <h2>{t("handlings")}</h2>
      {shown(last)}
      {before.map(shown)}
    </section>
  );
}

function One({ handling, now, today }: { handling: Handling; now: Handling | undefined; today: string }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const { receipt, reply, extensions } = handling;
  const bases = [
    reply?.policyName ? t("byPolicy", { name: reply.policyName }) : null,
    reply?.calendarName ? t("byCalendar", { name: reply.calendarName }) : null,
    receipt?.source ? t("bySource", { document: receipt.source.document, locator: receipt.source.locator }) : null,
    receipt?.correctedBy ? t("receiptCorrected") : null,
  ].filter((each) => each !== null);
  return (
    <section className={handling.closedAt === null ? "handling" : "handling over"}>
      <h3>
        {say(handling.unit?.name)}
        <small>
          {t(handling.role)} · {t("round", { round: handling.round })}
        </small>
      </h3>
      <Clock handling={handling} today={today} />
      {bases.length === 0 ? null : <p className="hint">{bases.join("；")}</p>}
      {handling.outcomeLabel || now?.outcomeLabel ? (
        <p>
          <strong>{t("reply")}</strong>{" "}
          <Differs then={handling.outcomeLabel} now={now && (now.outcomeLabel ?? null)} draw={say} />
          {handling.statedOn ? <small> {t("statedOn", { day: handling.statedOn })}</small> : null}
        </p>
      ) : null}
      {handling.opinion || now?.opinion ? (
        <blockquote>
          <Differs then={handling.opinion} now={now?.opinion} draw={(opinion) => opinion} />
        </blockquote>
      ) : null}
      {handling.result ? (
        <p>
          <strong>{t("result")}</strong> {handling.result}
        </p>
      ) : null}
      {extensions.length === 0 ? null : (
        <>
          <h4>{t("extensions")}</h4>
          <ol className="plain">
            {extensions.map((each) => (
              <li key={each.number}>
                <time dateTime={each.askedAt}>{instantText(each.askedAt)}</time> {t("askedUntil", { day: each.to })}
                {each.afterLapse ? <em className="warn">{t("afterLapse")}</em> : null}
                <br />
                {t("because", { reason: each.reason })}
                <br />
                <strong>
                  {each.granted === null
                    ? t("undecided")
                    : each.granted
                      ? t("grantedUntil", { day: each.grantedTo ?? each.to })
                      : t("notGranted")}
                </strong>
                {each.decidedAt ? <small> {instantText(each.decidedAt)}</small> : null}
                {each.opinion ? `：${each.opinion}` : null}
              </li>
            ))}
          </ol>
        </>
      )}
      {handling.lapses.length === 0 ? null : (
        <>
          <h4>{t("lapses")}</h4>
          <ul className="plain">
            {handling.lapses.map((each) => (
              <li key={each.nounVersion} className={each.correctedBy ? "void" : "warn"}>
                <time dateTime={each.at}>{instantText(each.at)}</time> {say(each.label)}
                {each.correctedBy ? <small> {t("corrected")}</small> : null}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
