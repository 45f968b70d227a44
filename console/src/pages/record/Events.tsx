/** The events of the record, the newest first: live at the head, paged into the past and back. */
import { useEffect, useMemo, useRef } from "react";
import { useCompared } from "../../client/answer";
import { Link, usePlace } from "../../client/place";
import { EventsDocument, type EventsQuery } from "../../generated/operations";
import { ChoicesProvider, useAsksChoices } from "../../parts/choices";
import { Differs } from "../../parts/Differs";
import { Export } from "../../parts/Export";
import { Answered } from "../../parts/Said";
import { instantText, useNumbers } from "../../words/dates";
import { useLabel, useWords } from "../../words/language";
import { NarrowingForm } from "./Narrowing";
import { exported, filterOf, isExported, listed, pageOf } from "./narrowed";
import { ActorTold, LineTold, NounTold, nounText } from "./Told";
import { WORDS } from "./words";

type Found = EventsQuery["moment"]["events"];
type Row = Found["nodes"][number];

export function Events() {
  const t = useWords(WORDS);
  const say = useLabel();
  const numbers = useNumbers();
  const { query, at, go } = usePlace();
  const choices = useAsksChoices("types");
  const asked = useMemo(() => ({ filter: filterOf(query), ...pageOf(query), choices }), [query, choices]);
  const answer = useCompared(EventsDocument, asked);
  const found = answer.data?.moment.events;
  const atHead = !query.has("before") && !query.has("after");

  // Whoever pages forward to the end is at the head, where the list is live and its page full.
  const arrived = query.has("after") && !answer.loading && found !== undefined && !found.pageInfo.hasNextPage;
  useEffect(() => {
    if (arrived) go(listed(query, {}), { replace: true });
  }, [arrived, query, go]);

  const first = found?.nodes.find((event) => event.entityId === query.get("of") || event.noun?.id === query.get("of"));
  return (
    <ChoicesProvider types={answer.data?.record?.eventTypes} units={answer.data?.moment.units?.nodes}>
      <section className="record">
        <header className="page-head">
          <h1>{t("title")}</h1>
          {at === null && atHead ? (
            <p className="live">
              <i aria-hidden="true" />
              {t("live")}
            </p>
          ) : null}
        </header>
        <NarrowingForm nounName={nounText(first?.noun, say)} />
        <Answered answer={answer}>
          {({ moment: { events } }) => (
            <>
              <div className="above">
                <p className="count">
                  <Differs
                    then={events.totalCount}
                    now={answer.now?.moment.events.totalCount}
                    draw={(count) => (count === 0 ? t("nothing") : t("total", { count: numbers.format(count) }))}
                  />
                </p>
                <Export table="events" having={exported(query)} whole={!isExported(query)} />
                <Pages events={events} atHead={atHead} label={t("pages")} />
              </div>
              <Table rows={events.nodes.toReversed()} watched={at === null && atHead && !answer.loading} list={query} />
              {events.nodes.length > 10 ? <Pages events={events} atHead={atHead} label={t("pagesBelow")} /> : null}
            </>
          )}
        </Answered>
      </section>
    </ChoicesProvider>
  );
}

function Pages({ events: { pageInfo }, atHead, label }: { events: Found; atHead: boolean; label: string }) {
  const t = useWords(WORDS);
  const { query } = usePlace();
  const [older, newer] = [pageInfo.hasPreviousPage, !atHead && pageInfo.hasNextPage];
  if (!older && atHead) return null;
  return (
    <nav className="pages" aria-label={label}>
      {atHead ? null : <Link to={listed(query, {})}>{t("newest")}</Link>}
      {newer ? <Link to={listed(query, { after: pageInfo.endCursor ?? null })}>{t("newer")}</Link> : null}
      {older ? <Link to={listed(query, { before: pageInfo.startCursor ?? null })}>{t("older")}</Link> : null}
    </nav>
  );
}

function Table({ rows, watched, list }: { rows: readonly Row[]; watched: boolean; list: URLSearchParams }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const fresh = useFresh(rows, watched, list.toString());
  if (rows.length === 0) return null;
  return (
    <table className="list events">
      <thead>
        <tr>
          <th scope="col">{t("position")}</th>
          <th scope="col">{t("recorded")}</th>
          <th scope="col">{t("event")}</th>
          <th scope="col">{t("noun")}</th>
          <th scope="col">{t("actor")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((event) => (
          <tr key={event.position} className={fresh(event.position) ? "fresh" : undefined}>
            <th scope="row" data-label={t("position")}>
              {event.position}
            </th>
            <td data-label={t("recorded")}>
              <time dateTime={event.recordedAt}>{instantText(event.recordedAt, true)}</time>
            </td>
            <td data-label={t("event")}>
              <div>
                <Link to={`/record/${event.position}`}>{say(event.label)}</Link>
                <LineTold event={event} />
                {event.reason ? <small className="reason">{event.reason}</small> : null}
              </div>
            </td>
            <td data-label={t("noun")}>
              <div>
                <NounTold event={event} />
              </div>
            </td>
            <td data-label={t("actor")}>
              <ActorTold actor={event.actor} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Which rows came while the reader watched this list. */
function useFresh(rows: readonly Row[], watched: boolean, list: string): (position: string) => boolean {
  const seen = useRef<{ list: string; newest: bigint } | null>(null);
  const newest = rows[0] === undefined ? 0n : BigInt(rows[0].position);
  useEffect(() => {
    if (watched && seen.current?.list !== list) seen.current = { list, newest };
  }, [watched, list, newest]);
  const known = watched && seen.current?.list === list ? seen.current.newest : null;
  return (position) => known !== null && BigInt(position) > known;
}
