/** Handlings 办理: what every unit did with the ticket, each with its clock, opinion, extensions and outcome. */
import { type Attached, FilesHere } from "../../parts/Attachments";
import { Differs } from "../../parts/Differs";
import { Change, classOf, type Side, sidesOf, whole } from "../../parts/sides";
import { instantText } from "../../words/dates";
import { useLabel, useListed, useWords } from "../../words/language";
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
  const sides = sidesOf(whole(ticket.handlings), now && whole(now.handlings), numberOf);
  const [last, ...before] = sides.toReversed();
  if (last === undefined) return <p className="hint">{t("notSent")}</p>;
  const shown = ({ key, row, now: later, change }: Side<Handling>) => (
    <One key={key} handling={row} now={later} change={change} today={today} files={ticket.attachments} />
  );
  return (
    <section>
      <h2>{t("handlings")}</h2>
      {shown(last)}
      {before.map(shown)}
    </section>
  );
}

const numberOf = ({ number }: { readonly number: number }) => String(number);

function One({
  handling,
  now,
  change,
  today,
  files,
}: {
  handling: Handling;
  now: Handling | undefined;
  change: Side<Handling>["change"];
  today: string;
  files: readonly Attached[];
}) {
  const t = useWords(WORDS);
  const listed = useListed();
  const say = useLabel();
  const { receipt, reply } = handling;
  const extensions = sidesOf(whole(handling.extensions), now && whole(now.extensions), numberOf);
  const lapses = sidesOf(whole(handling.lapses), now && whole(now.lapses), ({ nounVersion }) => String(nounVersion));
  const decided = ({ granted, grantedTo, to }: Handling["extensions"][number]) =>
    granted === null ? t("undecided") : granted ? t("grantedUntil", { day: grantedTo ?? to }) : t("notGranted");
  const bases = [
    reply?.policyName ? t("byPolicy", { name: reply.policyName }) : null,
    reply?.calendarName ? t("byCalendar", { name: reply.calendarName }) : null,
    receipt?.source ? t("bySource", { document: receipt.source.document, locator: receipt.source.locator }) : null,
    receipt?.correctedBy ? t("receiptCorrected") : null,
  ].filter((each) => each !== null);
  return (
    <section className={handling.closedAt === null ? "handling" : "handling over"}>
      <h3>
        <span className={classOf({ change })}>
          {say(handling.unit?.name)}
          <Change of={change} />
        </span>
        <small>
          {t(handling.role)} · {t("round", { round: handling.round })}
        </small>
      </h3>
      <Clock handling={handling} today={today} />
      {bases.length === 0 ? null : <p className="hint">{listed(bases, true)}</p>}
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
      {handling.result || now?.result ? (
        <p>
          <strong>{t("result")}</strong> <Differs then={handling.result} now={now?.result} draw={(result) => result} />
        </p>
      ) : null}
      <FilesHere of={{ handling: handling.number }} files={files} />
      {extensions.length === 0 ? null : (
        <>
          <h4>{t("extensions")}</h4>
          <ol className="plain">
            {extensions.map(({ key, row: each, now: later, change: came }) => (
              <li key={key} className={classOf({ change: came })}>
                <time dateTime={each.askedAt}>{instantText(each.askedAt)}</time> {t("askedUntil", { day: each.to })}
                {each.afterLapse ? <em className="warn">{t("afterLapse")}</em> : null}
                <br />
                {t("because", { reason: each.reason })}
                <br />
                <strong>
                  <Differs then={decided(each)} now={later && decided(later)} draw={String} />
                </strong>
                {each.decidedAt ? <small> {instantText(each.decidedAt)}</small> : null}
                {each.opinion ? `：${each.opinion}` : null}
                <Change of={came} />
              </li>
            ))}
          </ol>
        </>
      )}
      {lapses.length === 0 ? null : (
        <>
          <h4>{t("lapses")}</h4>
          <ul className="plain">
            {lapses.map(({ key, row: each, now: later, change: came }) => (
              <li
                key={key}
                className={[each.correctedBy ? "void" : "warn", classOf({ change: came })].filter(Boolean).join(" ")}
              >
                <time dateTime={each.at}>{instantText(each.at)}</time> {say(each.label)}
                {each.correctedBy ? <small> {t("corrected")}</small> : null}
                {!each.correctedBy && later?.correctedBy ? <ins className="differs">{t("corrected")}</ins> : null}
                <Change of={came} />
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
