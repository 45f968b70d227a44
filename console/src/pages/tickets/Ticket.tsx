/** One ticket: what it is about, where it stands, what is owed on it. */
import { useCompared } from "../../client/answer";
import { Link } from "../../client/place";
import { TicketDocument } from "../../generated/operations";
import { Differs } from "../../parts/Differs";
import { Light } from "../../parts/Light";
import { Answered } from "../../parts/Said";
import { instantText } from "../../words/dates";
import { useLabel, useWords } from "../../words/language";
import { Owed } from "./Tickets";
import { WORDS } from "./words";

export function TicketPage({ entityId }: { entityId: string }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const answer = useCompared(TicketDocument, { entityId });
  const now = answer.now?.moment.ticket;
  return (
    <article className="ticket">
      <p className="back">
        <Link to="/tickets">{t("back")}</Link>
      </p>
      <Answered answer={answer}>
        {({ moment: { ticket } }) =>
          ticket === null || ticket === undefined ? (
            <p>{t("unknown")}</p>
          ) : (
            <>
              <h1>
                <small>{ticket.number ?? t("draft")}</small> {ticket.subject}
              </h1>
              <p>
                <Light light={ticket.light} />
              </p>
              <dl className="facts">
                <dt>{t("state")}</dt>
                <dd>
                  <Differs then={ticket.stateLabel} now={now?.stateLabel} draw={say} />
                </dd>
                <dt>{t("category")}</dt>
                <dd>{say(ticket.categoryLabel)}</dd>
                <dt>{t("issuer")}</dt>
                <dd>{say(ticket.issuer?.name)}</dd>
                <dt>{t("issuedAt")}</dt>
                <dd>{ticket.issuedAt ? instantText(ticket.issuedAt) : null}</dd>
                <dt>{t("handler")}</dt>
                <dd>
                  <Differs
                    then={ticket.handler ?? null}
                    now={now && (now.handler ?? null)}
                    draw={(unit) => say(unit?.name)}
                  />
                </dd>
                <dt>{t("owed")}</dt>
                <dd>
                  <Owed owed={ticket.owed} />
                </dd>
              </dl>
              {ticket.body ? <p className="body">{ticket.body}</p> : null}
            </>
          )
        }
      </Answered>
    </article>
  );
}
