/** The list of tickets, by due date, narrowed down by what is asked most. */
import { useMemo, useState } from "react";
import { useCompared } from "../../client/answer";
import { Link, usePlace } from "../../client/place";
import { type TicketFilter, TicketsDocument, type TicketsQuery } from "../../generated/operations";
import { Differs } from "../../parts/Differs";
import { Light } from "../../parts/Light";
import { Answered } from "../../parts/Said";
import { dayOf } from "../../words/dates";
import { useLabel, useWords } from "../../words/language";
import { Owed } from "./Owed";
import { WORDS } from "./words";

type Row = TicketsQuery["moment"]["tickets"]["nodes"][number];

const FILTERS = {
  open: { open: true },
  overdue: { overdue: true },
  soon: { dueWithinDays: 3 },
  confirming: { awaitingConfirmation: true },
  all: {},
} satisfies Record<string, TicketFilter>;
type Filter = keyof typeof FILTERS;

const PAGE = 50;

const COLOURS = ["GREEN", "YELLOW", "RED", "GREY"] as const;
type Colour = (typeof COLOURS)[number];
type Narrowing = "handler" | "unit" | "light";

/** What the address narrows the list down to, as links from the board do: a leading unit, any part of a unit, a colour. */
export function narrowedBy(query: URLSearchParams): {
  filter: TicketFilter;
  said: readonly { name: Narrowing; value: string }[];
} {
  const colour = COLOURS.find((each) => each === query.get("light")?.toUpperCase());
  const [handler, unit] = [query.get("handler"), query.get("unit")];
  return {
    filter: {
      ...(handler ? { handlers: [handler] } : {}),
      ...(unit ? { units: [unit] } : {}),
      ...(colour ? { lights: [colour] } : {}),
    },
    said: [
      ...(handler ? [{ name: "handler" as const, value: handler }] : []),
      ...(unit ? [{ name: "unit" as const, value: unit }] : []),
      ...(colour ? [{ name: "light" as const, value: colour }] : []),
    ],
  };
}

export function Tickets() {
  const t = useWords(WORDS);
  const { query, keep } = usePlace();
  const asked = query.get("show") ?? "open";
  const show: Filter = asked in FILTERS ? (asked as Filter) : "open";
  const [first, setFirst] = useState(PAGE);
  const narrow = narrowedBy(query);
  const answer = useCompared(TicketsDocument, {
    filter: { ...FILTERS[show], ...narrow.filter },
    orderBy: [{ by: "DUE" }],
    first,
  });

  const today = useMemo(() => {
    const rows = answer.now?.moment.tickets.nodes;
    return rows && new Map(rows.map((row) => [row.entityId, row]));
  }, [answer.now]);

  return (
    <section className="tickets">
      <header className="page-head">
        <h1>{t("title")}</h1>
        <fieldset className="choices">
          <legend className="unseen">{t("show")}</legend>
          {Object.keys(FILTERS).map((each) => (
            <label key={each}>
              <input
                type="radio"
                name="show"
                checked={each === show}
                onChange={() => {
                  setFirst(PAGE);
                  keep({ show: each === "open" ? null : each });
                }}
              />
              <span>{t(each as Filter)}</span>
            </label>
          ))}
        </fieldset>
      </header>
      {narrow.said.length === 0 ? null : (
        <p className="narrowed">
          {narrow.said.map(({ name, value }) => (
            <button key={name} type="button" onClick={() => keep({ [name]: null })}>
              {t(name)}：{name === "light" ? t(value as Colour) : value} <span aria-hidden="true">×</span>
              <span className="unseen">{t("widen")}</span>
            </button>
          ))}
        </p>
      )}
      <Answered answer={answer}>
        {({ moment: { tickets, clock } }) => (
          <>
            <p className="count">{tickets.totalCount === 0 ? t("none") : t("count", { count: tickets.totalCount })}</p>
            <Table rows={tickets.nodes} now={today} today={dayOf(clock)} />
            {tickets.pageInfo.hasNextPage ? (
              <button type="button" onClick={() => setFirst(first + PAGE)}>
                {t("more", { count: Math.min(PAGE, tickets.totalCount - tickets.nodes.length) })}
              </button>
            ) : null}
          </>
        )}
      </Answered>
    </section>
  );
}

function Table({
  rows,
  now: rowsNow,
  today,
}: {
  rows: readonly Row[];
  now: ReadonlyMap<string, Row> | undefined;
  today: string;
}) {
  const t = useWords(WORDS);
  const say = useLabel();
  if (rows.length === 0) return null;
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">{t("number")}</th>
          <th scope="col">{t("light")}</th>
          <th scope="col">{t("subject")}</th>
          <th scope="col">{t("state")}</th>
          <th scope="col">{t("handler")}</th>
          <th scope="col">{t("owed")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const now = rowsNow?.get(row.entityId);
          return (
            <tr key={row.entityId}>
              <th scope="row" data-label={t("number")}>
                <Link to={`/tickets/${row.entityId}`}>{row.number ?? t("draft")}</Link>
              </th>
              <td data-label={t("light")}>
                <Differs
                  then={row.light.colour}
                  now={now?.light.colour}
                  draw={(colour) => <Light light={{ ...row.light, colour }} reason={false} />}
                />
              </td>
              <td data-label={t("subject")}>{row.subject}</td>
              <td data-label={t("state")}>
                <Differs then={row.stateLabel} now={now?.stateLabel} draw={say} />
              </td>
              <td data-label={t("handler")}>
                <Differs
                  then={row.handler ?? null}
                  now={now && (now.handler ?? null)}
                  draw={(unit) => say(unit?.name)}
                />
              </td>
              <td data-label={t("owed")}>
                <Owed owed={row.owed} today={today} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
