/** The board 看板: how projects, indicators, units, supervision lists and tickets stand, each leading to what it counts. */
import { useCompared } from "../../client/answer";
import { Link, usePlace } from "../../client/place";
import { BoardDocument, type BoardQuery } from "../../generated/operations";
import { Differs } from "../../parts/Differs";
import { Export } from "../../parts/Export";
import { LightCounts } from "../../parts/LightCounts";
import { lightsOf, total } from "../../parts/lights";
import { PrintReport } from "../../parts/PrintForm";
import { ProjectRows, TicketRows } from "../../parts/Rows";
import { Answered } from "../../parts/Said";
import { Change, classOf, type Listed, sidesOf, whole } from "../../parts/sides";
import { dayOf } from "../../words/dates";
import { useLabel, useWords } from "../../words/language";
import { askedBy } from "./asked";
import { PaceCard, PaceLegend } from "./Pace";
import { HandlingUnits, ImplementingBodies, targetLights } from "./Scoreboards";
import { Supervision } from "./Supervision";
import { WORDS } from "./words";

type Moment = BoardQuery["moment"];

/** Who reports: the units of both scoreboards, each once. */
function unitsOf({ implementingBodies, handlingUnits }: Moment) {
  const units = [...implementingBodies, ...handlingUnits].flatMap(({ unit }) => (unit === null ? [] : [unit]));
  return [...new Map(units.map((unit) => [unit.code, unit])).values()];
}

export function Board() {
  const t = useWords(WORDS);
  const { query } = usePlace();
  const answer = useCompared(BoardDocument, askedBy(query));
  const now = answer.now?.moment;
  return (
    <section className="board">
      <h1>{t("title")}</h1>
      <Answered answer={answer}>
        {({ moment }) => (
          <>
            <Sums moment={moment} now={now} />
            <Indicators moment={moment} now={now} />
            <h2 id="bodies">{t("bodies")}</h2>
            <ImplementingBodies moment={moment} now={now} />
            <Export table="targets" whole />
            <h2>{t("departments")}</h2>
            <HandlingUnits moment={moment} now={now} />
            <h2>{t("reports")}</h2>
            <PrintReport units={unitsOf(moment)} day={dayOf(moment.clock)} />
            <h2>{t("supervision")}</h2>
            <Supervision moment={moment} now={now} />
            <Export table="supervision_lists" whole />
            <div className="two">
              <section>
                <h2>
                  {t("overdue")}{" "}
                  <small>
                    <Link to="/tickets?show=overdue">
                      <Differs
                        then={moment.overdueTickets.totalCount}
                        now={now?.overdueTickets.totalCount}
                        draw={(count) => t("all", { count })}
                      />
                    </Link>
                  </small>
                </h2>
                <TicketRows tickets={moment.overdueTickets} now={now?.overdueTickets} />
              </section>
              <section>
                <h2>
                  {t("red")}{" "}
                  <small>
                    <Link to="/projects?light=red">
                      <Differs
                        then={moment.redProjects.totalCount}
                        now={now?.redProjects.totalCount}
                        draw={(count) => t("all", { count })}
                      />
                    </Link>
                  </small>
                </h2>
                <ProjectRows projects={firstOf(moment.redProjects)} now={now && firstOf(now.redProjects)} />
              </section>
            </div>
            <Stages moment={moment} now={now} />
          </>
        )}
      </Answered>
    </section>
  );
}

const MOST_RED = 10;

/** The first of a list that is long. */
function firstOf<Row>({ nodes, totalCount }: Listed<Row>): Listed<Row> {
  return { nodes: nodes.slice(0, MOST_RED), totalCount };
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
    { what: t("targets"), counts: targets, today: targetsNow, list: "#bodies", by: null },
  ];
  return (
    <ul className="tiles sums">
      {lit.map(({ what, counts, today, list, by }) => (
        <li key={what}>
          <strong>
            <Differs then={total(counts)} now={today && total(today)} draw={String} />
          </strong>{" "}
          {by === null ? <a href={list}>{what}</a> : <Link to={list}>{what}</Link>}{" "}
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
  const { keep } = usePlace();
  const those = moment.implementingBodies.filter(({ targets }) => targets.length > 0);
  const line = moment.bodyTargets;
  const code = line?.unit?.code;
  // Somebody may have come with a link to a unit that has no targets, or is not known, at this moment.
  const units = those.some(({ unit }) => unit?.code === code) ? those : [{ unit: line?.unit ?? null }, ...those];
  // Where nothing is compared there is no other side; where no unit has targets now, its side is empty.
  const lineNow = now && (now.bodyTargets ?? null);
  const sides = sidesOf(whole(line?.targets ?? []), now && whole(lineNow?.targets ?? []), ({ entityId }) => entityId);
  const whoNow = lineNow && lineNow.unit?.code !== code ? lineNow.unit : undefined;
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
              {units.map(({ unit }) => (
                <option key={unit?.code} value={unit?.code}>
                  {say(unit?.name) || "–"}
                </option>
              ))}
            </select>
          </label>
        ) : code === undefined ? null : (
          <Link to={`/board/units/${code}`}>{say(line?.unit?.name) || code}</Link>
        )}
        {whoNow ? (
          <span>
            <Differs
              then={null as typeof whoNow | null}
              now={whoNow}
              draw={(unit) => (unit === null ? "" : <Link to={`/board/units/${unit.code}`}>{say(unit.name)}</Link>)}
            />
          </span>
        ) : null}
      </header>
      {line === null || line.targets.length === 0 ? <p className="hint">{t("noTargets")}</p> : null}
      {sides.length === 0 ? null : (
        <>
          <PaceLegend />
          <div className="paces">
            {sides.map((side) => (
              <PaceCard
                key={side.key}
                side={side}
                today={side.change === "cameSince" && now ? now.validOn : moment.validOn}
              />
            ))}
          </div>
        </>
      )}
    </section>
  );
}

function stageOf({ group }: Moment["projectsByStage"][number]): string {
  return group[0]?.key ?? "";
}

/** How many projects are in each stage, as bars. */
function Stages({ moment, now }: { moment: Moment; now: Moment | undefined }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const most = Math.max(1, ...moment.projectsByStage.map(({ count }) => count));
  const sides = sidesOf(whole(moment.projectsByStage), now && whole(now.projectsByStage), stageOf);
  return (
    <section>
      <h2>{t("stages")}</h2>
      <ul className="bars">
        {sides.map(({ key, row, now: later, change }) => {
          // A stage that nothing is in is a stage all the same: there were none, or there are none now.
          const count = change === "cameSince" ? 0 : row.count;
          return (
            <li key={key} className={classOf({ change })}>
              <Link to={`/projects?stage=${key}`}>{say(row.group[0]?.label)}</Link>
              <span className="bar" aria-hidden="true">
                <i style={{ width: `${(100 * count) / most}%` }} />
              </span>
              <strong className="number">
                <Differs then={count} now={now && (later?.count ?? 0)} draw={String} />
                <Change of={change} />
              </strong>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
