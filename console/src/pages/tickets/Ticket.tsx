/** One ticket: what it is about, where it stands, what may be done on it, its clock, and everything that was done. */
import type { ReactNode } from "react";
import { useCompared } from "../../client/answer";
import { Link } from "../../client/place";
import { TicketDocument } from "../../generated/operations";
import { Attachments } from "../../parts/Attachments";
import { ChoicesProvider, useAsksChoices } from "../../parts/choices";
import { Differs } from "../../parts/Differs";
import { History } from "../../parts/History";
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
  const unknown = <Unknown what={t("title")} says={t("unknown")} />;
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
  return (
    <>
      <h1>
        <small>{ticket.number ?? t("draft")}</small> {ticket.subject}
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
          {ticket.textsWithheld ? <p className="said">{t("textsWithheld")}</p> : null}
          {ticket.body ? <p className="body">{ticket.body}</p> : null}
          <About about={ticket.about} />
          <Facts ticket={ticket} now={now} />
          <Contact ticket={ticket} now={now} />
        </div>
        <div>
          <Handlings ticket={ticket} now={now} today={today} />
        </div>
      </div>
      <Attachments
        attached={ticket.attachments}
        now={now?.attachments}
        mayAttach={ticket.mayAttach}
        to={{ ticket: ticket.entityId }}
        parts={ticket.handlings.map(({ number, unit, round, mayAttach }) => ({
          name: t("handlingOf", { unit: say(unit?.name), round }),
          to: { handling: number },
          mayAttach,
        }))}
        events={ticket.history.nodes}
      />
      <Proceedings ticket={ticket} now={now} today={today} />
      <section>
        <h2>{t("history")}</h2>
        <History events={ticket.history.nodes} total={ticket.history.totalCount} />
      </section>
    </>
  );
}

function Facts({ ticket, now }: { ticket: TicketShown; now: TicketShown | undefined }) {
  const t = useWords(WORDS);
  const listed = useListed();
  const say = useLabel();
  const fact = (name: Parameters<typeof t>[0], value: ReactNode) =>
    value === null || value === undefined || value === "" ? null : (
      <>
        <dt>{t(name)}</dt>
        <dd>{value}</dd>
      </>
    );
  const instant = (at: string | null) => (at === null ? null : <time dateTime={at}>{instantText(at)}</time>);
  return (
    <dl className="facts">
      {fact("state", <Differs then={ticket.stateLabel} now={now?.stateLabel} draw={say} />)}
      {fact(
        "escalation",
        ticket.escalation === "NONE" && (now === undefined || now.escalation === "NONE") ? null : (
          <Differs then={ticket.escalation} now={now?.escalation} draw={(level) => t(level)} />
        ),
      )}
      {fact(
        "readers",
        ticket.internal || now?.internal ? (
          <Differs
            then={ticket.internal}
            now={now?.internal}
            draw={(internal) => t(internal ? "internal" : "public")}
          />
        ) : null,
      )}
      {fact("category", say(ticket.categoryLabel))}
      {fact("issuer", say(ticket.issuer?.name))}
      {fact("meeting", ticket.meeting?.title)}
      {fact("issuedAt", instant(ticket.issuedAt))}
      {fact(
        "signedOffBy",
        ticket.signedOffBy && [ticket.signedOffBy.name, ticket.signedOffBy.post].filter(Boolean).join(" · "),
      )}
      {fact(
        "handler",
        <Differs then={ticket.handler ?? null} now={now && (now.handler ?? null)} draw={(unit) => say(unit?.name)} />,
      )}
      {fact("copies", listed(ticket.copies.map(({ name }) => say(name))))}
      {fact("requestedBy", ticket.requestedBy)}
      {fact("resolvedAt", instant(ticket.resolvedAt))}
      {fact(
        "outcome",
        ticket.outcome === null && !now?.outcome ? null : (
          <Differs then={ticket.outcome} now={now?.outcome} draw={(outcome) => outcome} />
        ),
      )}
      {fact("closedAt", instant(ticket.closedAt))}
    </dl>
  );
}
