/** The list of projects, narrowed down and ordered by what stands in the address. */
import { useEffect, useState } from "react";
import { useCompared } from "../../client/answer";
import { Link, usePlace } from "../../client/place";
import { ProjectListDocument, type ProjectListQuery, type ProjectsCountedFragment } from "../../generated/operations";
import { Differs } from "../../parts/Differs";
import { Export } from "../../parts/Export";
import { type Colour, LightBeside } from "../../parts/Light";
import { WORST_FIRST } from "../../parts/lights";
import { Answered } from "../../parts/Said";
import { Change, classOf, type Listed, sidesOf } from "../../parts/sides";
import { WORDS as LIGHTS } from "../../parts/words";
import { useLabel, useWords } from "../../words/language";
import { exported, filterOf, isExported, ORDERS, orderOf, talliedBy } from "./asked";
import { useSlipText } from "./Milestones";
import { WORDS } from "./words";

type Moment = ProjectListQuery["moment"];
type Row = Moment["projects"]["nodes"][number];

const PAGE = 50;
const TYPING_MS = 300;

export function Projects() {
  const t = useWords(WORDS);
  const { query, keep } = usePlace();
  const [first, setFirst] = useState(PAGE);
  const by = orderOf(query);
  const descending = by === "INVESTMENT" || by === "CHANGED";
  const answer = useCompared(ProjectListDocument, { filter: filterOf(query), orderBy: [{ by, descending }], first });
  const now = answer.now?.moment;
  const narrow = (name: string, value: string | null) => {
    setFirst(PAGE);
    keep({ [name]: value });
  };
  return (
    <section className="projects">
      <h1>{t("title")}</h1>
      <Answered answer={answer}>
        {({ moment }) => (
          <>
            <Narrow moment={moment} now={now} narrow={narrow} />
            <div className="above">
              <p className="count" role="status">
                <Differs
                  then={moment.projects.totalCount}
                  now={now?.projects.totalCount}
                  draw={(count) => (count === 0 ? t("none") : t("count", { count }))}
                />
              </p>
              <Export table="projects" having={exported(query)} whole={!isExported(query)} />
            </div>
            <Table rows={moment.projects} today={now?.projects} />
            {moment.projects.pageInfo.hasNextPage ? (
              <button type="button" onClick={() => setFirst(first + PAGE)}>
                {t("more", { count: Math.min(PAGE, moment.projects.totalCount - moment.projects.nodes.length) })}
              </button>
            ) : null}
          </>
        )}
      </Answered>
    </section>
  );
}

function Narrow({
  moment,
  now,
  narrow,
}: {
  moment: Moment;
  now: Moment | undefined;
  narrow: (name: string, value: string | null) => void;
}) {
  const t = useWords(WORDS);
  const say = useLabel();
  const { query } = usePlace();
  const counts = countsOf(moment.byLight);
  const today = now && countsOf(now.byLight);
  const asked = query.get("light")?.toUpperCase() ?? "";
  // A select holds text alone, so the count of now stands in it as words.
  const choices = (
    groups: readonly ProjectsCountedFragment[],
    later: readonly ProjectsCountedFragment[] | undefined,
  ) => {
    const counted = countsOf(groups);
    const countedNow = later && countsOf(later);
    const every = new Map([...(later ?? []), ...groups].map(({ group: [one] }) => [one?.key, one]));
    return [...every.values()].flatMap((one) => {
      if (!one?.key) return [];
      const [then, since] = [counted.get(one.key) ?? 0, countedNow && (countedNow.get(one.key) ?? 0)];
      const count = since === undefined || since === then ? then : `${then} → ${since}`;
      return [{ key: one.key, text: `${say(one.label)}（${count}）` }];
    });
  };
  const selects = [
    { name: "unit", word: "unit", groups: moment.byUnit, later: now?.byUnit },
    { name: "stage", word: "stage", groups: moment.byStage, later: now?.byStage },
  ] as const;
  const flags = [
    { name: "leader", value: "none", word: "onlyNoLeader" },
    { name: "outstanding", value: "yes", word: "onlyOutstanding" },
  ] as const;
  const list = query.get("list");
  const tallied = talliedBy(query.get("tallied"));
  const talliedUnit = moment.byUnit.find(({ group: [one] }) => one?.key === tallied?.unit)?.group[0]?.label;
  return (
    <search className="narrow">
      <fieldset className="choices">
        <legend className="unseen">{t("light")}</legend>
        {["", ...WORST_FIRST].map((colour) => (
          <label key={colour}>
            <input
              type="radio"
              name="light"
              checked={colour === asked}
              onChange={() => narrow("light", colour === "" ? null : colour.toLowerCase())}
            />
            {colour === "" ? (
              <span>{t("all")}</span>
            ) : (
              <span className={`light ${colour.toLowerCase()}`}>
                <i aria-hidden="true" />
                <b className="colour">{say(LIGHTS[colour as Colour])}</b>{" "}
                <Differs
                  then={counts.get(colour.toLowerCase()) ?? 0}
                  now={today && (today.get(colour.toLowerCase()) ?? 0)}
                  draw={String}
                />
              </span>
            )}
          </label>
        ))}
      </fieldset>
      {selects.map(({ name, word, groups, later }) => (
        <label key={name}>
          {t(word)}{" "}
          <select value={query.get(name) ?? ""} onChange={(event) => narrow(name, event.target.value)}>
            <option value="">{t("all")}</option>
            {choices(groups, later).map(({ key, text }) => (
              <option key={key} value={key}>
                {text}
              </option>
            ))}
          </select>
        </label>
      ))}
      <label>
        {t("sort")}{" "}
        <select
          value={orderOf(query)}
          onChange={({ target: { value } }) => narrow("sort", value === "CODE" ? null : value.toLowerCase())}
        >
          {ORDERS.map((each) => (
            <option key={each} value={each}>
              {t(each)}
            </option>
          ))}
        </select>
      </label>
      {flags.map(({ name, value, word }) => (
        <label key={name} className="flag">
          <input
            type="checkbox"
            checked={query.get(name) === value}
            onChange={({ target: { checked } }) => narrow(name, checked ? value : null)}
          />{" "}
          {t(word)}
        </label>
      ))}
      {list === null ? null : (
        <label className="flag">
          <input type="checkbox" checked onChange={() => narrow("list", null)} /> {t("onlyOnList")}
        </label>
      )}
      {tallied === null ? null : (
        <label className="flag">
          <input type="checkbox" checked onChange={() => narrow("tallied", null)} />{" "}
          {t("onlyTallied", {
            unit: say(talliedUnit) || tallied.unit || "",
            year: tallied.year ?? "",
            what: t(
              `${tallied.duty as "COMMENCEMENT" | "COMPLETION"}_${tallied.part as "EXPECTED" | "DONE" | "OVERDUE"}`,
            ),
          })}
        </label>
      )}
      <Search asked={query.get("q") ?? ""} narrow={narrow} />
    </search>
  );
}

/** How many there are of each, by the key of the first thing that they are grouped by. */
function countsOf(groups: readonly ProjectsCountedFragment[]): ReadonlyMap<string | undefined, number> {
  return new Map(groups.map(({ group, count }) => [group[0]?.key?.toLowerCase(), count]));
}

/** What is typed is looked for when the typing rests. */
function Search({ asked, narrow }: { asked: string; narrow: (name: string, value: string | null) => void }) {
  const t = useWords(WORDS);
  const [typed, setTyped] = useState(asked);
  useEffect(() => {
    if (typed === asked) return;
    const rest = setTimeout(() => narrow("q", typed), TYPING_MS);
    return () => clearTimeout(rest);
  });
  return (
    <label>
      {t("search")} <input type="search" value={typed} onChange={({ target: { value } }) => setTyped(value)} />
    </label>
  );
}

function Table({ rows, today }: { rows: Listed<Row>; today: Listed<Row> | undefined }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const slipped = useSlipText();
  const sides = sidesOf(rows, today, ({ entityId }) => entityId);
  if (sides.length === 0) return null;
  const next = ({ nextForecast }: Row) => {
    if (nextForecast === null) return "";
    const on = nextForecast.forecasts.at(-1)?.on.text ?? "";
    const late = nextForecast.slippedDays ? ` · ${slipped(nextForecast.slippedDays)}` : "";
    return `${say(nextForecast.label)} ${on}${late}`;
  };
  const led = ({ leader, leaderlessSince }: Row) =>
    leader?.name ?? (leaderlessSince === null ? t("nobody") : t("noLeader", { day: leaderlessSince }));
  return (
    <table className="list" aria-label={t("title")}>
      <thead>
        <tr>
          <th scope="col">{t("name")}</th>
          <th scope="col">{t("light")}</th>
          <th scope="col">{t("unit")}</th>
          <th scope="col">{t("stage")}</th>
          <th scope="col">{t("next")}</th>
          <th scope="col">{t("leader")}</th>
          <th scope="col">{t("investment")}</th>
        </tr>
      </thead>
      <tbody>
        {sides.map(({ key, row, now, change }) => {
          return (
            <tr key={key} className={classOf({ change })}>
              <th scope="row" data-label={t("name")} className="wide">
                <span>
                  <Link to={`/projects/${row.entityId}`}>{row.name}</Link> <small className="hint">{row.code}</small>{" "}
                  <Change of={change} />
                </span>
              </th>
              <td data-label={t("light")}>
                <LightBeside then={row.light} now={now?.light} />
              </td>
              <td data-label={t("unit")}>
                <Differs then={say(row.unit?.name)} now={now && say(now.unit?.name)} draw={String} />
              </td>
              <td data-label={t("stage")}>
                <Differs then={row.stageLabel} now={now?.stageLabel} draw={say} />
              </td>
              <td data-label={t("next")}>
                <Differs then={next(row)} now={now && next(now)} draw={String} />
              </td>
              <td data-label={t("leader")}>
                <Differs then={led(row)} now={now && led(now)} draw={String} />
              </td>
              <td data-label={t("investment")}>
                <Differs then={row.investment?.text ?? ""} now={now && (now.investment?.text ?? "")} draw={String} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
