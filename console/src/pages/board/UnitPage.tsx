/** One unit: its projects by light, its open tickets, its targets. */
import { useCompared } from "../../client/answer";
import { Link } from "../../client/place";
import { UnitPageDocument } from "../../generated/operations";
import { Differs } from "../../parts/Differs";
import { Export } from "../../parts/Export";
import { LightBeside } from "../../parts/Light";
import { LightCounts } from "../../parts/LightCounts";
import { lightsOf } from "../../parts/lights";
import { PrintReport } from "../../parts/PrintForm";
import { ProjectRows, TicketRows } from "../../parts/Rows";
import { Answered, Unknown } from "../../parts/Said";
import { Change, classOf, sidesOf, whole } from "../../parts/sides";
import { dayOf } from "../../words/dates";
import { useLabel, useListed, useWords } from "../../words/language";
import { attainmentText } from "./Pace";
import { WORDS } from "./words";

export function UnitPage({ code }: { code: string }) {
  const t = useWords(WORDS);
  const listed = useListed();
  const say = useLabel();
  const answer = useCompared(UnitPageDocument, { code, unit: [code] });
  const now = answer.now?.moment;
  return (
    <article className="board unit">
      <p className="back">
        <Link to="/board">{t("back")}</Link>
      </p>
      <Answered answer={answer}>
        {({ moment: { unit, projectsByLight, projects, tickets, targets, clock } }) =>
          unit === null ? (
            <Unknown what={t("unit")} says={t("unknownUnit")} />
          ) : (
            <>
              <h1>
                {say(unit.name)} {unit.closed ? <small>{t("closed")}</small> : null}
              </h1>
              <PrintReport units={[unit]} day={dayOf(clock)} />
              <dl className="facts">
                {unit.parent === null ? null : (
                  <>
                    <dt>{t("parent")}</dt>
                    <dd>
                      <Link to={`/board/units/${unit.parent.code}`}>{say(unit.parent.name)}</Link>
                    </dd>
                  </>
                )}
                {unit.successor === null ? null : (
                  <>
                    <dt>{t("successor")}</dt>
                    <dd>
                      <Link to={`/board/units/${unit.successor.code}`}>{say(unit.successor.name)}</Link>
                    </dd>
                  </>
                )}
                {unit.aliases.length === 0 ? null : (
                  <>
                    <dt>{t("aliases")}</dt>
                    <dd>{listed(unit.aliases)}</dd>
                  </>
                )}
                {unit.duty ? (
                  <>
                    <dt>{t("duty")}</dt>
                    <dd>{t(unit.duty)}</dd>
                  </>
                ) : null}
                <dt>{t("projectLights")}</dt>
                <dd>
                  <LightCounts
                    counts={lightsOf(projectsByLight)}
                    now={now && lightsOf(now.projectsByLight)}
                    of={t("projects")}
                    to={(colour) => `/projects?unit=${code}&light=${colour.toLowerCase()}`}
                  />
                </dd>
              </dl>
              <h2>
                {t("projects")}{" "}
                <small>
                  <Link to={`/projects?unit=${code}`}>
                    <Differs
                      then={projects.totalCount}
                      now={now?.projects.totalCount}
                      draw={(count) => t("all", { count })}
                    />
                  </Link>
                </small>
              </h2>
              <ProjectRows projects={projects} now={now?.projects} />
              <Export table="projects" having={{ unit_code: code }} />
              <h2>
                {t("openTickets")}{" "}
                <small>
                  <Link to={`/tickets?unit=${code}`}>
                    <Differs
                      then={tickets.totalCount}
                      now={now?.tickets.totalCount}
                      draw={(count) => t("all", { count })}
                    />
                  </Link>
                </small>
              </h2>
              <TicketRows tickets={tickets} now={now?.tickets} />
              <Export table="owed" having={{ unit: code }} />
              <h2>{t("targets")}</h2>
              {targets.nodes.length === 0 ? <p className="hint">{t("none")}</p> : null}
              <ul className="plain rows">
                {sidesOf(whole(targets.nodes), now && whole(now.targets.nodes), ({ entityId }) => entityId).map(
                  ({ key, row: target, now: today, change }) => (
                    <li key={key} className={classOf({ change })}>
                      <Link to={`/board/targets/${target.entityId}`}>
                        {say(target.indicator.label)} {t("year", { year: target.year })}
                      </Link>
                      <small>
                        {t("attainment")}{" "}
                        <Differs then={attainmentText(target)} now={today && attainmentText(today)} draw={String} />
                      </small>
                      <LightBeside then={target.light} now={today?.light} />
                      <Change of={change} />
                    </li>
                  ),
                )}
              </ul>
            </>
          )
        }
      </Answered>
    </article>
  );
}
