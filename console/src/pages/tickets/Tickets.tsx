/** The list of tickets, by due date, narrowed down by what is asked most. */
import { useState } from "react";
import { useCompared } from "../../client/answer";
import { Link, usePlace } from "../../client/place";
import { type TicketFilter, TicketsDocument, type TicketsQuery } from "../../generated/operations";
import { ChoicesProvider, useAsksChoices, useChoices } from "../../parts/choices";
import { Differs } from "../../parts/Differs";
import { Export, type Having } from "../../parts/Export";
import { LightBeside } from "../../parts/Light";
import { Answered } from "../../parts/Said";
import { Change, classOf, type Listed, sidesOf } from "../../parts/sides";
import { dayOf } from "../../words/dates";
import { useLabel, useListed, useWords } from "../../words/language";
import { OwedBeside } from "./Owed";
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
type Narrowing = "handler" | "unit" | "light" | "judged";

const DEADLINES = ["REPLY", "RESOLUTION"] as const;
const VERDICTS = ["ON_TIME", "LATE", "UNANSWERED", "NOT_YET_DUE", "RETURNED"] as const;

/** Of which number of the scoreboard of departments a link speaks: `reply.late.dept-eic`, or with a year behind that. */
export function judgedBy(text: string | null): NonNullable<TicketFilter["judged"]> | null {
  const [first = "", second = "", unit, year] = (text ?? "").split(".");
  const deadline = DEADLINES.find((each) => each === first.toUpperCase());
  const became = VERDICTS.filter((each) => second.toUpperCase().split("-").includes(each));
  if (deadline === undefined || became.length === 0) return null;
  return { deadline, became, unit: unit || null, year: /^\d{4}$/.test(year ?? "") ? Number(year) : null };
}

/** What the address narrows the list down to, as links from the board do: a leading unit, any part of a unit, a colour. */
export function narrowedBy(query: URLSearchParams): {
  filter: TicketFilter;
  said: readonly { name: Narrowing; value: string }[];
} {
  const colour = COLOURS.find((each) => each === query.get("light")?.toUpperCase());
  const [handler, unit] = [query.get("handler"), query.get("unit")];
  const judged = judgedBy(query.get("judged"));
  return {
    filter: {
      ...(handler ? { handlers: [handler] } : {}),
      ...(unit ? { units: [unit] } : {}),
      ...(colour ? { lights: [colour] } : {}),
      ...(judged ? { judged } : {}),
    },
    said: [
      ...(handler ? [{ name: "handler" as const, value: handler }] : []),
      ...(unit ? [{ name: "unit" as const, value: unit }] : []),
      ...(colour ? [{ name: "light" as const, value: colour }] : []),
      ...(judged ? [{ name: "judged" as const, value: query.get("judged") ?? "" }] : []),
    ],
  };
}

/** The states of tickets that are not finished, as the columns of tables have them. */
const OPEN_STATES = ["draft", "issued", "received", "accepted", "returned", "in_progress", "resolved", "reassigned"];

/** What the columns of an export say of what is shown; what none of them says is exported whole. */
const EXPORTED: Readonly<Record<Filter, Having | null>> = {
  open: { state: OPEN_STATES },
  overdue: { overdue: "TRUE" },
  soon: null,
  confirming: { state: "resolved" },
  all: {},
};

function exported(show: Filter, { handlers, lights }: TicketFilter): Having {
  return {
    ...EXPORTED[show],
    ...(handlers ? { handler_code: handlers } : {}),
    ...(lights ? { light_colour: lights.map((colour) => colour.toLowerCase()) } : {}),
  };
}

export function Tickets() {
  const t = useWords(WORDS);
  const { query, keep } = usePlace();
  const asked = query.get("show") ?? "open";
  const show: Filter = asked in FILTERS ? (asked as Filter) : "open";
  const [first, setFirst] = useState(PAGE);
  const narrow = narrowedBy(query);
  const choices = useAsksChoices("units");
  const answer = useCompared(TicketsDocument, {
    choices,
    filter: { ...FILTERS[show], ...narrow.filter },
    orderBy: [{ by: "DUE" }],
    first,
  });

  const now = answer.now?.moment.tickets;
  const dayNow = answer.now && dayOf(answer.now.moment.clock);

  return (
    <ChoicesProvider units={answer.data?.moment.units?.nodes}>
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
          <Link to="/tickets/new" className="button">
            {t("write")}
          </Link>
        </header>
        {narrow.said.length === 0 ? null : (
          <p className="narrowed">
            {narrow.said.map(({ name, value }) => (
              <button key={name} type="button" onClick={() => keep({ [name]: null })}>
                {t(name)}
                {t("colon")}
                {name === "light" ? (
                  t(value as Colour)
                ) : name === "judged" ? (
                  <JudgedName text={value} />
                ) : (
                  <UnitName code={value} />
                )}{" "}
                <span aria-hidden="true">×</span>
                <span className="unseen">{t("widen")}</span>
              </button>
            ))}
          </p>
        )}
        <Answered answer={answer}>
          {({ moment: { tickets, clock } }) => (
            <>
              <div className="above">
                <p className="count">
                  <Differs
                    then={tickets.totalCount}
                    now={now?.totalCount}
                    draw={(count) => (count === 0 ? t("none") : t("count", { count }))}
                  />
                </p>
                <Export
                  table="tickets"
                  having={exported(show, narrow.filter)}
                  whole={
                    EXPORTED[show] === null || narrow.filter.units !== undefined || narrow.filter.judged !== undefined
                  }
                />
              </div>
              <Table rows={tickets} now={now} today={dayOf(clock)} dayNow={dayNow} />
              {tickets.pageInfo.hasNextPage ? (
                <button type="button" onClick={() => setFirst(first + PAGE)}>
                  {t("more", { count: Math.min(PAGE, tickets.totalCount - tickets.nodes.length) })}
                </button>
              ) : null}
            </>
          )}
        </Answered>
      </section>
    </ChoicesProvider>
  );
}

/** A number of the scoreboard, as people say it. */
function JudgedName({ text }: { text: string }) {
  const t = useWords(WORDS);
  const listed = useListed();
  const judged = judgedBy(text);
  if (judged === null) return null;
  return (
    <>
      {judged.unit ? <UnitName code={judged.unit} /> : null} {judged.year ?? ""} {t(judged.deadline)}{" "}
      {listed((judged.became as readonly (typeof VERDICTS)[number][]).map((each) => t(each)))}
    </>
  );
}

function UnitName({ code }: { code: string }) {
  const say = useLabel();
  const { units } = useChoices();
  return <>{say(units.get(code)) || code}</>;
}

function Table({
  rows,
  now: rowsNow,
  today,
  dayNow,
}: {
  rows: Listed<Row>;
  now: Listed<Row> | undefined;
  today: string;
  dayNow: string | undefined;
}) {
  const t = useWords(WORDS);
  const say = useLabel();
  const sides = sidesOf(rows, rowsNow, ({ entityId }) => entityId);
  if (sides.length === 0) return null;
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
        {sides.map(({ key, row, now, change }) => {
          return (
            <tr key={key} className={classOf({ change })}>
              <th scope="row" data-label={t("number")}>
                <Link to={`/tickets/${row.entityId}`}>{row.number ?? t("draft")}</Link>
              </th>
              <td data-label={t("light")}>
                <LightBeside then={row.light} now={now?.light} />
              </td>
              <td data-label={t("subject")}>
                <span>
                  <Differs then={row.subject} now={now?.subject} draw={String} /> <Change of={change} />
                </span>
              </td>
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
                {row.owed.length === 0 && (now ?? row).owed.length === 0 ? null : (
                  <OwedBeside then={row.owed} now={now?.owed} today={today} dayNow={dayNow} />
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
