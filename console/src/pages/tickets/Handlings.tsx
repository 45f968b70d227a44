/** Handlings 办理: what every unit did with the ticket, each with its clock, opinion, extensions and outcome. */
import { type Attached, FilesHere } from "../../parts/Attachments";
import { Beside } from "../../parts/Beside";
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
  dayNow,
}: {
  ticket: TicketShown;
  now: TicketShown | undefined;
  today: string;
  /** The day of now, where that is compared. */
  dayNow: string | undefined;
}) {
  const t = useWords(WORDS);
  const sides = sidesOf(whole(ticket.handlings), now && whole(now.handlings), numberOf);
  const [last, ...before] = sides.toReversed();
  if (last === undefined) return <p className="hint">{t("notSent")}</p>;
  const shown = ({ key, row, now: later, change }: Side<Handling>) => (
    <One
      key={key}
      handling={row}
      now={later}
      change={change}
      today={change === "cameSince" ? (dayNow ?? today) : today}
      files={change === "cameSince" && now ? now.attachments : ticket.attachments}
      filesNow={now?.attachments}
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

const numberOf = ({ number }: { readonly number: number }) => String(number);

function One({
  handling,
  now,
  change,
  today,
  files,
  filesNow,
}: {
  handling: Handling;
  now: Handling | undefined;
  change: Side<Handling>["change"];
  today: string;
  files: readonly Attached[];
  filesNow: readonly Attached[] | undefined;
}) {
  const t = useWords(WORDS);
  const listed = useListed();
  const say = useLabel();
  const lapses = sidesOf(whole(handling.lapses), now && whole(now.lapses), ({ nounVersion }) => String(nounVersion));
  const decided = ({ granted, grantedTo, to }: Handling["extensions"][number]) =>
    granted === null ? t("undecided") : granted ? t("grantedUntil", { day: grantedTo ?? to }) : t("notGranted");
  const basesOf = ({ receipt, reply }: Handling) =>
    listed(
      [
        reply?.policyName ? t("byPolicy", { name: reply.policyName }) : null,
        reply?.calendarName ? t("byCalendar", { name: reply.calendarName }) : null,
        receipt?.source ? t("bySource", { document: receipt.source.document, locator: receipt.source.locator }) : null,
        receipt?.correctedBy ? t("receiptCorrected") : null,
      ].filter((each) => each !== null),
      true,
    );
  const bases = basesOf(handling);
  const basesNow = now && basesOf(now);
  return (
    <section
      className={["handling", handling.closedAt === null ? "" : "over", classOf({ change })].filter(Boolean).join(" ")}
    >
      <h3>
        <span>
          {say(handling.unit?.name)}
          <Change of={change} />
        </span>
        <small>
          {t(handling.role)} · {t("round", { round: handling.round })}
        </small>
      </h3>
      <Clock handling={handling} now={now} today={today} />
      {bases || basesNow ? (
        <p className="hint">
          <Differs then={bases} now={basesNow} draw={String} />
        </p>
      ) : null}
      {handling.outcomeLabel || now?.outcomeLabel ? (
        <p>
          <strong className={handling.outcomeLabel ? undefined : "differs"}>{t("reply")}</strong>{" "}
          <Differs then={handling.outcomeLabel} now={now && (now.outcomeLabel ?? null)} draw={say} />
          {handling.statedOn || now?.statedOn ? (
            <small>
              {" "}
              <Differs
                then={handling.statedOn}
                now={now?.statedOn}
                draw={(day) => (day ? t("statedOn", { day }) : "")}
              />
            </small>
          ) : null}
        </p>
      ) : null}
      {handling.opinion || now?.opinion ? (
        <blockquote>
          <Differs then={handling.opinion} now={now?.opinion} draw={(opinion) => opinion} />
        </blockquote>
      ) : null}
      {handling.result || now?.result ? (
        <p>
          <strong className={handling.result ? undefined : "differs"}>{t("result")}</strong>{" "}
          <Differs then={handling.result} now={now?.result} draw={(result) => result} />
        </p>
      ) : null}
      <FilesHere of={{ handling: handling.number }} files={files} now={filesNow} />
      {handling.extensions.length + (now?.extensions.length ?? 0) === 0 ? null : (
        <>
          <h4>{t("extensions")}</h4>
          <Beside rows={handling.extensions} now={now?.extensions} keyOf={numberOf} as="ol">
            {(each) => (
              <>
                <time dateTime={each.askedAt}>{instantText(each.askedAt)}</time> {t("askedUntil", { day: each.to })}
                {each.afterLapse ? <em className="warn">{t("afterLapse")}</em> : null}
                <br />
                {t("because", { reason: each.reason })}
                <br />
                <strong>{decided(each)}</strong>
                {each.decidedAt ? <small> {instantText(each.decidedAt)}</small> : null}
                {each.opinion ? `：${each.opinion}` : null}
              </>
            )}
          </Beside>
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
