/** One event: what it says of its making, what it changed, what it holds, and the proof that it is in the record. */
import type { ReactNode } from "react";
import { useAnswer } from "../../client/answer";
import { useLastShown } from "../../client/live";
import { Link, usePlace } from "../../client/place";
import { EventDocument, type EventQuery } from "../../generated/operations";
import { ChoicesProvider, useAsksChoices } from "../../parts/choices";
import { Answered } from "../../parts/Said";
import { Value } from "../../parts/Value";
import { instantText } from "../../words/dates";
import { useLabel, useWords } from "../../words/language";
import { listed } from "./narrowed";
import { ProofPanel } from "./Proof";
import { ActorTold, LineTold, NounTold } from "./Told";
import { WORDS } from "./words";

type Event = NonNullable<EventQuery["event"]>;

const A_POSITION = /^[1-9]\d{0,18}$/;

export function EventPage({ position }: { position: string }) {
  const t = useWords(WORDS);
  return (
    <article className="event">
      <p className="back">
        <Link to="/record">{t("back")}</Link>
      </p>
      {A_POSITION.test(position) ? <Found position={position} /> : <h1>{t("unknown")}</h1>}
    </article>
  );
}

function Found({ position }: { position: string }) {
  const t = useWords(WORDS);
  const { at } = usePlace();
  const shown = useLastShown();
  const choices = useAsksChoices("units");
  const answer = useAnswer(EventDocument, { position, choices, withheld: true });
  return (
    <ChoicesProvider units={answer.data?.moment.units?.nodes}>
      <Answered answer={answer}>
        {({ event }) =>
          event === null || event === undefined ? (
            <>
              <h1>{t("unknown")}</h1>
              <p>{t("unknownWhy", { position })}</p>
            </>
          ) : (
            <>
              <Heading event={event} />
              {at !== null && shown !== null && BigInt(shown) < BigInt(position) ? (
                <p className="said refused">{t("laterThan", { at: shown })}</p>
              ) : null}
              <Facts event={event} />
              <Changes changes={event.changes} />
              {event.withheld ? <p className="said">{t("withheld")}</p> : <Holds data={event.data} />}
              <ProofPanel event={event} />
            </>
          )
        }
      </Answered>
    </ChoicesProvider>
  );
}

function Heading({ event }: { event: Event }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const position = BigInt(event.position);
  const last = useLastShown();
  return (
    <header className="page-head">
      <h1>
        <small>{event.position}</small> {say(event.label)}
      </h1>
      <nav className="pages" aria-label={t("neighbours")}>
        {position > 1n ? <Link to={`/record/${position - 1n}`}>{t("previous")}</Link> : null}
        {last !== null && position < BigInt(last) ? <Link to={`/record/${position + 1n}`}>{t("next")}</Link> : null}
      </nav>
    </header>
  );
}

function Facts({ event }: { event: Event }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const only = (changes: Record<string, string>) => listed(new URLSearchParams(), changes);
  const other = (one: Event["corrects"]) =>
    one ? (
      <Link to={`/record/${one.position}`}>
        {one.position} {say(one.label)}
      </Link>
    ) : null;
  const { source, on, actor } = event;
  return (
    <dl className="facts">
      <Fact name={t("noun")}>
        <NounTold event={event} /> <small>{t("asVersion", { version: event.nounVersion })}</small>{" "}
        <Link to={only({ of: event.entityId })}>{t("allOfNoun")}</Link>
      </Fact>
      <Fact name={t("says")}>{event.line || event.about ? <LineTold event={event} /> : null}</Fact>
      <Fact name={t("type")}>
        {say(event.label)} <small>{event.type}</small>
      </Fact>
      <Fact name={t("on")}>
        {on ? (
          <>
            {on.text}
            {event.lagDays ? <small> {t("lag", { days: event.lagDays })}</small> : null}
          </>
        ) : null}
      </Fact>
      <Fact name={t("decided")}>
        <time dateTime={event.decidedAt}>{instantText(event.decidedAt, true)}</time>
      </Fact>
      <Fact name={t("recorded")}>
        <time dateTime={event.recordedAt}>{instantText(event.recordedAt, true)}</time>{" "}
        <small>{t(`clock_${event.recordedBasis}`)}</small>
      </Fact>
      <Fact name={t("basis")}>{t(event.basis)}</Fact>
      <Fact name={t("actor")}>
        <ActorTold actor={actor} /> <small>{actor.subject}</small>
      </Fact>
      <Fact name={t("reason")}>{event.reason}</Fact>
      <Fact name={t("source")}>
        {source ? (
          <>
            {source.locator ? t("sourceIs", { document: source.document, locator: source.locator }) : source.document}
            {source.publisher || source.publishedAt ? (
              <small>
                {" "}
                {source.publisher} {source.publishedAt ? instantText(source.publishedAt) : ""}
              </small>
            ) : null}
            {source.note ? <small> {source.note}</small> : null}
          </>
        ) : null}
      </Fact>
      <Fact name={t("corrects")}>{other(event.corrects)}</Fact>
      <Fact name={t("causedBy")}>{other(event.causedBy)}</Fact>
      <Fact name={t("command")}>
        <Link to={only({ command: event.correlationId })}>{t("allOfCommand")}</Link>
      </Fact>
      <Fact name={t("eventId")}>
        <code>{event.eventId}</code>
      </Fact>
    </dl>
  );
}

/** A line of the facts; none where there is nothing to tell. */
function Fact({ name, children }: { name: string; children: ReactNode }) {
  if (children === null || children === undefined || children === "") return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Changes({ changes }: { changes: Event["changes"] }) {
  const t = useWords(WORDS);
  const say = useLabel();
  return (
    <section aria-labelledby="changes">
      <h2 id="changes">{t("changes")}</h2>
      {changes.length === 0 ? (
        <p className="hint">{t("noChanges")}</p>
      ) : (
        <table className="list changes">
          <thead>
            <tr>
              <th scope="col">{t("field")}</th>
              <th scope="col">{t("before")}</th>
              <th scope="col">{t("after")}</th>
            </tr>
          </thead>
          <tbody>
            {changes.map((change) => (
              <tr key={change.field}>
                <th scope="row" data-label={t("field")}>
                  <div>
                    {say(change.label)} <small>{change.field}</small>
                  </div>
                </th>
                <td data-label={t("before")}>
                  <div>
                    <Value value={change.before} beside={change.after} />
                  </div>
                </td>
                <td data-label={t("after")}>
                  <div>
                    <Value value={change.after} beside={change.before} />
                  </div>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Holds({ data }: { data: unknown }) {
  const t = useWords(WORDS);
  const fields = typeof data === "object" && data !== null && !Array.isArray(data) ? Object.entries(data) : null;
  return (
    <section aria-labelledby="data">
      <h2 id="data">{t("data")}</h2>
      {fields === null ? (
        <Value value={data} />
      ) : (
        <dl className="facts fields">
          {fields.map(([name, value]) => (
            <Fact key={name} name={name}>
              <Value value={value} />
            </Fact>
          ))}
        </dl>
      )}
    </section>
  );
}
