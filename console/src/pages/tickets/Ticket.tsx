/** One ticket: what it is about, where it stands, what may be done on it, its clock, and everything that was done. */
import { useCompared } from "../../client/answer";
import { Link } from "../../client/place";
import { TicketDocument } from "../../generated/operations";
import { Attachments } from "../../parts/Attachments";
import { type Fact, FactsBeside } from "../../parts/Beside";
import { ChoicesProvider, useAsksChoices } from "../../parts/choices";
import { Differs } from "../../parts/Differs";
import { eventsOf, History } from "../../parts/History";
import { LightBeside } from "../../parts/Light";
import { PrintTicket } from "../../parts/PrintForm";
import { Answered, Unknown } from "../../parts/Said";
import { dayOf, instantText } from "../../words/dates";
import { useLabel, useListed, useWords } from "../../words/language";
import { About } from "./About";
import { ActingProvider, Actions } from "./acting/Acting";
import { Contact } from "./Contact";
import { Handlings } from "./Handlings";
import { OwedBeside } from "./Owed";
import { Proceedings } from "./Proceedings";
import type { TicketShown } from "./steps";
import { WORDS } from "./words";

export function TicketPage({ entityId }: { entityId: string }) {
  const t = useWords(WORDS);
  const choices = useAsksChoices("units");
  const answer = useCompared(TicketDocument, { entityId, choices, withheld: true });
  const unknown = <Unknown what={t("title")} says={t("unknown")} now={answer.now?.moment.ticket?.subject} />;
  return (
    <article className="ticket">
      <p className="back">
        <Link to="/tickets">{t("back")}</Link>
      </p>
      <Answered answer={answer} unknown={unknown}>
        {({ moment: { ticket, clock } }) =>
          ticket === null || ticket === undefined ? (
            unknown
          ) : (
            <ChoicesProvider units={answer.data?.moment.units?.nodes}>
              <ActingProvider tickets={[ticket]}>
                <Shown
                  ticket={ticket}
                  now={answer.now?.moment.ticket ?? undefined}
                  today={dayOf(clock)}
                  dayNow={answer.now && dayOf(answer.now.moment.clock)}
                />
              </ActingProvider>
            </ChoicesProvider>
          )
        }
      </Answered>
    </article>
  );
}

function Shown({
  ticket,
  now,
  today,
  dayNow,
}: {
  ticket: TicketShown;
  now: TicketShown | undefined;
  today: string;
  dayNow: string | undefined;
}) {
  const t = useWords(WORDS);
  const say = useLabel();
  const partsOf = ({ handlings }: TicketShown) =>
    handlings.map(({ number, unit, round, mayAttach }) => ({
      name: t("handlingOf", { unit: say(unit?.name), round }),
      to: { handling: number },
      mayAttach,
    }));
  return (
    <>
      <h1>
        <small>
          <Differs then={ticket.number ?? t("draft")} now={now && (now.number ?? t("draft"))} draw={String} />
        </small>{" "}
        <Differs then={ticket.subject} now={now?.subject} draw={String} />
      </h1>
      <p>
        <LightBeside then={ticket.light} now={now?.light} />
      </p>
      <div className="columns">
        <div>
          <section className="act-here" aria-label={t("actions")}>
            <OwedBeside then={ticket.owed} now={now?.owed} today={today} dayNow={dayNow} />
            <Actions ticket={ticket} />
          </section>
          <PrintTicket ticket={ticket} />
          <Differs
            then={ticket.textsWithheld ?? false}
            now={now && (now.textsWithheld ?? false)}
            draw={(withheld) => (withheld ? <p className="said">{t("textsWithheld")}</p> : "")}
            block
          />
          <Differs
            then={ticket.body ?? ""}
            now={now && (now.body ?? "")}
            draw={(body) => (body ? <p className="body">{body}</p> : "")}
            block
          />
          <About about={ticket.about} now={now?.about} />
          <Facts ticket={ticket} now={now} />
          <Contact ticket={ticket} now={now} />
        </div>
        <div>
          <Handlings ticket={ticket} now={now} today={today} dayNow={dayNow} />
        </div>
      </div>
      <Attachments
        attached={ticket.attachments}
        now={now?.attachments}
        mayAttach={ticket.mayAttach}
        to={{ ticket: ticket.entityId }}
        parts={partsOf(ticket)}
        partsNow={now && partsOf(now)}
        events={eventsOf(ticket.history, now?.history)}
      />
      <Proceedings ticket={ticket} now={now} today={today} dayNow={dayNow} />
      <section>
        <h2>{t("history")}</h2>
        <History of={ticket.history} now={now?.history} />
      </section>
    </>
  );
}

function Facts({ ticket, now }: { ticket: TicketShown; now: TicketShown | undefined }) {
  const t = useWords(WORDS);
  const listed = useListed();
  const say = useLabel();
  const instant = (name: string, at: string | null): Fact => ({
    name,
    value: at,
    drawn: at === null ? "" : <time dateTime={at}>{instantText(at)}</time>,
  });
  // What is said only where it is out of the ordinary, is said of both sides where one of them is.
  const raised = ticket.escalation !== "NONE" || (now !== undefined && now.escalation !== "NONE");
  const ofReaders = ticket.internal || now?.internal;
  const factsOf = (of: TicketShown): readonly Fact[] => [
    { name: t("state"), value: say(of.stateLabel) },
    { name: t("escalation"), value: raised ? t(of.escalation) : null },
    { name: t("readers"), value: ofReaders ? t(of.internal ? "internal" : "public") : null },
    { name: t("category"), value: say(of.categoryLabel) },
    { name: t("issuer"), value: say(of.issuer?.name) },
    { name: t("meeting"), value: of.meeting?.title },
    instant(t("issuedAt"), of.issuedAt),
    {
      name: t("signedOffBy"),
      value: of.signedOffBy && [of.signedOffBy.name, of.signedOffBy.post].filter(Boolean).join(" · "),
    },
    { name: t("handler"), value: say(of.handler?.name) },
    { name: t("copies"), value: listed(of.copies.map(({ name }) => say(name))) },
    { name: t("requestedBy"), value: of.requestedBy },
    instant(t("resolvedAt"), of.resolvedAt),
    { name: t("outcome"), value: of.outcome },
    instant(t("closedAt"), of.closedAt),
  ];
  return <FactsBeside then={factsOf(ticket)} now={now && factsOf(now)} />;
}
