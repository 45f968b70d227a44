/** The list of projects, narrowed down and ordered by what stands in the address. */
import { useEffect, useMemo, useState } from "react";
import { useCompared } from "../../client/answer";
import { Link, usePlace } from "../../client/place";
import { ProjectListDocument, type ProjectListQuery, type ProjectsCountedFragment } from "../../generated/operations";
import { Differs } from "../../parts/Differs";
import { type Colour, Light } from "../../parts/Light";
import { WORST_FIRST } from "../../parts/lights";
import { Answered } from "../../parts/Said";
import { WORDS as LIGHTS } from "../../parts/words";
import { useLabel, useWords } from "../../words/language";
import { filterOf, ORDERS, orderOf } from "./asked";
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
  const today = useMemo(() => {
    const rows = answer.now?.moment.projects.nodes;
    return rows && new Map(rows.map((row) => [row.entityId, row]));
  }, [answer.now]);
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
            <Narrow moment={moment} narrow={narrow} />
            <p className="count" role="status">
              {moment.projects.totalCount === 0 ? t("none") : t("count", { count: moment.projects.totalCount })}
            </p>
            <Table rows={moment.projects.nodes} today={today} />
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

function Narrow({ moment, narrow }: { moment: Moment; narrow: (name: string, value: string | null) => void }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const { query } = usePlace();
  const counts = new Map(moment.byLight.map(({ group, count }) => [group[0]?.key?.toUpperCase(), count]));
  const asked = query.get("light")?.toUpperCase() ?? "";
  const choices = (groups: readonly ProjectsCountedFragment[]) =>
    groups.flatMap(({ group, count }) => {
      const [one] = group;
      return one?.key ? [{ key: one.key, text: `${say(one.label)}（${count}）` }] : [];
    });
  const selects = [
    { name: "unit", word: "unit", groups: moment.byUnit },
    { name: "stage", word: "stage", groups: moment.byStage },
  ] as const;
  const flags = [
    { name: "leader", value: "none", word: "onlyNoLeader" },
    { name: "outstanding", value: "yes", word: "onlyOutstanding" },
  ] as const;
  const list = query.get("list");
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
                <b className="colour">{say(LIGHTS[colour as Colour])}</b> {counts.get(colour) ?? 0}
              </span>
            )}
          </label>
        ))}
      </fieldset>
      {selects.map(({ name, word, groups }) => (
        <label key={name}>
          {t(word)}{" "}
          <select value={query.get(name) ?? ""} onChange={(event) => narrow(name, event.target.value)}>
            <option value="">{t("all")}</option>
            {choices(groups).map(({ key, text }) => (
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
      <Search asked={query.get("q") ?? ""} narrow={narrow} />
    </search>
  );
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

function Table({ rows, today }: { rows: readonly Row[]; today: ReadonlyMap<string, Row> | undefined }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const slipped = useSlipText();
  if (rows.length === 0) return null;
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
        {rows.map((row) => {
          const now = today?.get(row.entityId);
          return (
            <tr key={row.entityId}>
              <th scope="row" data-label={t("name")} className="wide">
                <span>
                  <Link to={`/projects/${row.entityId}`}>{row.name}</Link> <small className="hint">{row.code}</small>
                </span>
              </th>
              <td data-label={t("light")}>
                <Differs then={row.light} now={now?.light} draw={(light) => <Light light={light} />} />
              </td>
              <td data-label={t("unit")}>{say(row.unit?.name)}</td>
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
