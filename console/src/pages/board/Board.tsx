/** The board 看板: how projects, indicators, units, supervision lists and tickets stand, each leading to what it counts. */
import { useCompared } from "../../client/answer";
import { Link, usePlace } from "../../client/place";
import { BoardDocument, type BoardQuery } from "../../generated/operations";
import { Differs } from "../../parts/Differs";
import { LightCounts } from "../../parts/LightCounts";
import { lightsOf, total } from "../../parts/lights";
import { Answered } from "../../parts/Said";
import { useLabel, useWords } from "../../words/language";
import { PaceCard, PaceLegend } from "./Pace";
import { ProjectRows, TicketRows } from "./Rows";
import { HandlingUnits, ImplementingBodies, targetLights } from "./Scoreboards";
import { Supervision } from "./Supervision";
import { WORDS } from "./words";

type Moment = BoardQuery["moment"];

const A_YEAR = /^(19|20)\d\d$/;

export function Board() {
  const t = useWords(WORDS);
  const { query } = usePlace();
  const asked = query.get("year") ?? "";
  const answer = useCompared(BoardDocument, A_YEAR.test(asked) ? { year: Number(asked) } : {});
  const now = answer.now?.moment;
  return (
    <section className="board">
      <h1>{t("title")}</h1>
      <Answered answer={answer}>
        {({ moment }) => (
          <>
            <Sums moment={moment} now={now} />
            <Indicators moment={moment} now={now} />
            <h2>{t("bodies")}</h2>
            <ImplementingBodies moment={moment} now={now} />
            <h2>{t("departments")}</h2>
            <HandlingUnits moment={moment} now={now} />
            <h2>{t("supervision")}</h2>
            <Supervision moment={moment} now={now} />
            <div className="two">
              <section>
                <h2>
                  {t("overdue")}{" "}
                  <small>
                    <Link to="/tickets?show=overdue">{t("all", { count: moment.overdueTickets.totalCount })}</Link>
                  </small>
                </h2>
                <TicketRows tickets={moment.overdueTickets.nodes} />
              </section>
              <section>
                <h2>
                  {t("red")}{" "}
                  <small>
                    <Link to="/projects?light=red">{t("all", { count: moment.redProjects.totalCount })}</Link>
                  </small>
                </h2>
                <ProjectRows projects={moment.redProjects.nodes.slice(0, 10)} />
              </section>
            </div>
            <Stages moment={moment} now={now} />
          </>
        )}
      </Answered>
    </section>
  );
}

/** What there is, by light; each number leads to its list. */
function Sums({ moment, now }: { moment: Moment; now: Moment | undefined }) {
  const t = useWords(WORDS);
  const projects = lightsOf(moment.projectsByUnitAndLight);
  const tickets = lightsOf(moment.ticketsByHandlerAndLight);
  const targets = targetLights(moment.implementingBodies.flatMap((line) => line.targets));
  const projectsNow = now && lightsOf(now.projectsByUnitAndLight);
  const ticketsNow = now && lightsOf(now.ticketsByHandlerAndLight);
  const targetsNow = now && targetLights(now.implementingBodies.flatMap((line) => line.targets));
  const lit = [
    { what: t("projects"), counts: projects, today: projectsNow, list: "/projects", by: "/projects?light=" },
    {
      what: t("tickets"),
      counts: tickets,
      today: ticketsNow,
      list: "/tickets?show=all",
      by: "/tickets?show=all&light=",
    },
    { what: t("targets"), counts: targets, today: targetsNow, list: "/board", by: null },
  ];
  return (
    <ul className="tiles sums">
      {lit.map(({ what, counts, today, list, by }) => (
        <li key={what}>
          <strong>
            <Differs then={total(counts)} now={today && total(today)} draw={String} />
          </strong>
          {by === null ? <span>{what}</span> : <Link to={list}>{what}</Link>}
          <LightCounts
            counts={counts}
            now={today}
            of={what}
            to={(colour) => (by === null ? list : `${by}${colour.toLowerCase()}`)}
          />
        </li>
      ))}
      <li>
        <strong>
          <Differs then={moment.withoutLeader.totalCount} now={now?.withoutLeader.totalCount} draw={String} />
        </strong>
        <Link to="/projects?leader=none">{t("noLeader")}</Link>
      </li>
      <li>
        <strong>
          <Differs then={moment.overdueTickets.totalCount} now={now?.overdueTickets.totalCount} draw={String} />
        </strong>
        <Link to="/tickets?show=overdue">{t("overdue")}</Link>
      </li>
      <li>
        <strong>
          <Differs then={moment.outstanding.totalCount} now={now?.outstanding.totalCount} draw={String} />
        </strong>
        <Link to="/projects?outstanding=yes">{t("outstanding")}</Link>
      </li>
    </ul>
  );
}

function Indicators({ moment, now }: { moment: Moment; now: Moment | undefined }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const { query, keep } = usePlace();
  const those = moment.implementingBodies.filter(({ targets }) => targets.length > 0);
  const whose = query.get("whose");
  const line = those.find(({ unit }) => unit?.code === whose) ?? those[0];
  const code = line?.unit?.code;
  const later = now?.implementingBodies.find(({ unit }) => unit?.code === code)?.targets;
  return (
    <section>
      <header className="page-head">
        <h2>
          {t("indicators")}{" "}
          <small>{t("asOf", { day: moment.validOn, year: line?.year ?? moment.validOn.slice(0, 4) })}</small>
        </h2>
        {those.length > 1 ? (
          <label className="whose">
            {t("whose")}{" "}
            <select value={code} onChange={(event) => keep({ whose: event.target.value })}>
              {those.map(({ unit }) => (
                <option key={unit?.code} value={unit?.code}>
                  {say(unit?.name)}
                </option>
              ))}
            </select>
          </label>
        ) : (
          <Link to={`/board/units/${code}`}>{say(line?.unit?.name)}</Link>
        )}
      </header>
      {line === undefined ? (
        <p className="hint">{t("noTargets")}</p>
      ) : (
        <>
          <PaceLegend />
          <div className="paces">
            {line.targets.map((target) => (
              <PaceCard
                key={target.entityId}
                target={target}
                now={later?.find(({ entityId }) => entityId === target.entityId)}
                today={moment.validOn}
              />
            ))}
          </div>
        </>
      )}
    </section>
  );
}

/** How many projects are in each stage, as bars. */
function Stages({ moment, now }: { moment: Moment; now: Moment | undefined }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const most = Math.max(1, ...moment.projectsByStage.map(({ count }) => count));
  return (
    <section>
      <h2>{t("stages")}</h2>
      <ul className="bars">
        {moment.projectsByStage.map(({ group, count }) => {
          const [{ key, label } = { key: null, label: null }] = group;
          const later = now && (now.projectsByStage.find((each) => each.group[0]?.key === key)?.count ?? 0);
          return (
            <li key={key}>
              <Link to={`/projects?stage=${key}`}>{say(label)}</Link>
              <span className="bar" aria-hidden="true">
                <i style={{ width: `${(100 * count) / most}%` }} />
              </span>
              <strong className="number">
                <Differs then={count} now={later} draw={String} />
              </strong>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
