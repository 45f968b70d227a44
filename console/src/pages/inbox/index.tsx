/** What waits for whoever is signed in, the first due first, with what may be done about it right on every card. */
import { useMemo, useState } from "react";
import { useCompared } from "../../client/answer";
import { Link, usePlace } from "../../client/place";
import { useSession } from "../../client/session";
import { InboxDocument, type InboxPart, type InboxQuery } from "../../generated/operations";
import { Differs } from "../../parts/Differs";
import { Export } from "../../parts/Export";
import { Light } from "../../parts/Light";
import { Answered } from "../../parts/Said";
import { dayOf } from "../../words/dates";
import { useLabel, useListed, useWords } from "../../words/language";
import type { PageProps } from "..";
import { About } from "../tickets/About";
import { ActingProvider, Actions } from "../tickets/acting/Acting";
import { Owed } from "../tickets/Owed";
import { WORDS } from "./words";
import "../tickets/tickets.css";
import "./inbox.css";

type Inbox = InboxQuery["moment"]["inbox"];
type Card = Inbox["tickets"]["nodes"][number];

const PARTS = {
  owed: "OWED",
  toReceive: "TO_RECEIVE",
  toReply: "TO_REPLY",
  dueSoon: "DUE_SOON",
  overdue: "OVERDUE",
  toConfirm: "TO_CONFIRM",
  copied: "COPIED",
  escalated: "ESCALATED",
} satisfies Record<string, InboxPart>;
type Part = keyof typeof PARTS;

/** The parts that the server has for this viewer, in the order of the page. */
const partsOf = ({ parts }: Inbox) =>
  (Object.keys(PARTS) as Part[]).filter((part) => parts.some((each) => each === PARTS[part]));

const DUE_SOON_DAYS = 3;
const PAGE = 20;

export default function InboxPage(_: PageProps) {
  const t = useWords(WORDS);
  const { token } = useSession();
  return (
    <section className="inbox">
      {token === null ? (
        <>
          <h1>{t("title")}</h1>
          <p>{t("signIn")}</p>
        </>
      ) : (
        <Waiting />
      )}
    </section>
  );
}

function Waiting() {
  const t = useWords(WORDS);
  const listed = useListed();
  const say = useLabel();
  const { query } = usePlace();
  const [first, setFirst] = useState(PAGE);
  const asked = query.get("show") ?? "";
  const chosen = asked in PARTS ? (asked as Part) : null;
  // Who asks is known with the answer only. The holder of an office, who acts for no unit, is led to the part that is theirs.
  const [office, setOffice] = useState(false);
  const part = chosen ?? (office ? "escalated" : "owed");
  const answer = useCompared(InboxDocument, { part: PARTS[part], dueSoonDays: DUE_SOON_DAYS, first });
  const viewer = answer.data?.viewer;
  const [only] = answer.data?.moment.inbox.parts ?? [];
  const holdsOffice = only === "ESCALATED";
  if (holdsOffice !== office && viewer !== undefined) setOffice(holdsOffice);

  const today = answer.now?.moment.inbox;
  const cardsNow = useMemo(() => today && new Map(today.tickets.nodes.map((card) => [card.entityId, card])), [today]);

  return (
    <>
      <header className="page-head">
        <h1>{t("title")}</h1>
        <span className="hint">{listed(viewer?.units.map(({ name }) => say(name)) ?? [])}</span>
      </header>
      <Answered answer={answer}>
        {({ viewer, moment: { inbox, clock } }) => {
          const parts = partsOf(inbox);
          if (!viewer.signedIn) return <p>{t("signIn")}</p>;
          if (parts.length === 0) return <Nobody />;
          return (
            <ActingProvider tickets={inbox.tickets.nodes}>
              <Parts parts={parts} shown={part} inbox={inbox} now={today} />
              {inbox.tickets.nodes.length === 0 ? <p className="empty">{t("none", { part: t(part) })}</p> : null}
              <ul className="cards">
                {inbox.tickets.nodes.map((card) => (
                  <TicketCard
                    key={card.entityId}
                    card={card}
                    now={cardsNow?.get(card.entityId)}
                    gone={cardsNow !== undefined && !cardsNow.has(card.entityId)}
                    today={dayOf(clock)}
                  />
                ))}
              </ul>
              {viewer.units.length === 0 ? null : (
                <Export table="owed" having={{ unit: viewer.units.map(({ code }) => code) }} whole={part !== "owed"} />
              )}
              {inbox.tickets.pageInfo.hasNextPage ? (
                <button type="button" onClick={() => setFirst(first + PAGE)}>
                  {t("more", { count: inbox.tickets.totalCount - inbox.tickets.nodes.length })}
                </button>
              ) : null}
            </ActingProvider>
          );
        }}
      </Answered>
    </>
  );
}

/** Who acts for no unit and holds no office that tickets are taken to. */
function Nobody() {
  const t = useWords(WORDS);
  return (
    <>
      <p>{t("nobody")}</p>
      <p>
        <Link to="/tickets?show=overdue">{t("allOverdue")}</Link>
      </p>
    </>
  );
}

function Parts({
  parts,
  shown,
  inbox,
  now,
}: {
  parts: readonly Part[];
  shown: Part;
  inbox: Inbox;
  now: Inbox | undefined;
}) {
  const t = useWords(WORDS);
  const { keep } = usePlace();
  return (
    <fieldset className="parts">
      <legend className="unseen">{t("show")}</legend>
      {parts.map((each) => (
        <label key={each} className={each === "overdue" && inbox.overdue > 0 ? "pressing" : undefined}>
          <input
            type="radio"
            name="part"
            checked={each === shown}
            onChange={() => keep({ show: each === parts[0] ? null : each })}
          />
          <span>
            <strong>
              <Differs then={inbox[each]} now={now?.[each]} draw={String} />
            </strong>
            <span>{t(each)}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function TicketCard({ card, now, gone, today }: { card: Card; now: Card | undefined; gone: boolean; today: string }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const urgent = card.owed.some(({ overdue }) => overdue);
  return (
    <li className={urgent ? "card urgent" : "card"}>
      <header>
        <Link to={`/tickets/${card.entityId}`}>{card.number ?? t("draft")}</Link>
        <span className="state">
          <Differs then={card.stateLabel} now={now?.stateLabel} draw={say} />
          {card.escalation === "NONE" ? null : <em>{t(card.escalation)}</em>}
          {gone ? <em className="differs">{t("gone")}</em> : null}
        </span>
        <Light light={card.light} />
      </header>
      <h2>
        <Link to={`/tickets/${card.entityId}`}>{card.subject}</Link>
      </h2>
      <p className="way">
        {say(card.issuer?.name) || t("meeting")} → {say(card.handler?.name)}
      </p>
      <About about={card.about} />
      <Owed owed={card.owed} today={today} />
      <Actions ticket={card} onCard />
    </li>
  );
}
