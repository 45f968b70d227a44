/** One unit: its projects by light, its open tickets, its targets. */
import { useCompared } from "../../client/answer";
import { Link } from "../../client/place";
import { UnitPageDocument } from "../../generated/operations";
import { Light } from "../../parts/Light";
import { LightCounts } from "../../parts/LightCounts";
import { lightsOf } from "../../parts/lights";
import { Answered } from "../../parts/Said";
import { useLabel, useWords } from "../../words/language";
import { attainmentText } from "./Pace";
import { ProjectRows, TicketRows } from "./Rows";
import { WORDS } from "./words";

export function UnitPage({ code }: { code: string }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const answer = useCompared(UnitPageDocument, { code, unit: [code] });
  const now = answer.now?.moment;
  return (
    <article className="board unit">
      <p className="back">
        <Link to="/board">{t("back")}</Link>
      </p>
      <Answered answer={answer}>
        {({ moment: { unit, projectsByLight, projects, tickets, targets } }) =>
          unit === null ? (
            <p>{t("unknownUnit")}</p>
          ) : (
            <>
              <h1>
                {say(unit.name)} {unit.closed ? <small>{t("closed")}</small> : null}
              </h1>
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
                    <dd>{unit.aliases.join("、")}</dd>
                  </>
                )}
                {unit.duty ? (
                  <>
                    <dt>{t("duty")}</dt>
                    <dd>{unit.duty}</dd>
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
                  <Link to={`/projects?unit=${code}`}>{t("all", { count: projects.totalCount })}</Link>
                </small>
              </h2>
              <ProjectRows projects={projects.nodes} />
              <h2>
                {t("openTickets")}{" "}
                <small>
                  <Link to={`/tickets?unit=${code}`}>{t("all", { count: tickets.totalCount })}</Link>
                </small>
              </h2>
              <TicketRows tickets={tickets.nodes} />
              <h2>{t("targets")}</h2>
              <ul className="plain rows">
                {targets.nodes.map((target) => (
                  <li key={target.entityId}>
                    <Link to={`/board/targets/${target.entityId}`}>
                      {say(target.indicator.label)} {t("year", { year: target.year })}
                    </Link>
                    <small>
                      {t("attainment")} {attainmentText(target)}
                    </small>
                    <Light light={target.light} />
                  </li>
                ))}
              </ul>
            </>
          )
        }
      </Answered>
    </article>
  );
}
