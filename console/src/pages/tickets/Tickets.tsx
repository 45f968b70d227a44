/** The list of tickets, by due date, narrowed down by what is asked most. */
import { useMemo, useState } from "react";
import { useCompared } from "../../client/answer";
import { Link, usePlace } from "../../client/place";
import { type TicketFilter, TicketsDocument, type TicketsQuery } from "../../generated/operations";
import { Differs } from "../../parts/Differs";
import { Light } from "../../parts/Light";
import { Answered } from "../../parts/Said";
import { useLabel, useWords } from "../../words/language";
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

export function Tickets() {
  const t = useWords(WORDS);
  const { query, keep } = usePlace();
  const asked = query.get("show") ?? "open";
  const show: Filter = asked in FILTERS ? (asked as Filter) : "open";
  const [first, setFirst] = useState(PAGE);
  const answer = useCompared(TicketsDocument, { filter: FILTERS[show], orderBy: [{ by: "DUE" }], first });

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
      <Answered answer={answer}>
        {({ moment: { tickets } }) => (
          <>
            <p className="count">{tickets.totalCount === 0 ? t("none") : t("count", { count: tickets.totalCount })}</p>
            <Table rows={tickets.nodes} today={today} />
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

function Table({ rows, today }: { rows: readonly Row[]; today: ReadonlyMap<string, Row> | undefined }) {
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
          const now = today?.get(row.entityId);
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
                <Owed owed={row.owed} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

export function Owed({ owed }: { owed: Row["owed"] }) {
  const t = useWords(WORDS);
  const say = useLabel();
  if (owed.length === 0) return null;
  return (
    <ul className="owed">
      {owed.map((each) => {
        const what = say(each.label);
        const day = each.lastDay ?? "";
        return (
          <li key={`${each.what} ${each.unit?.code ?? ""} ${day}`} className={each.overdue ? "overdue" : undefined}>
            {day === "" ? what : t(each.overdue ? "overdueSince" : "dueOn", { what, day })}
          </li>
        );
      })}
    </ul>
  );
}
