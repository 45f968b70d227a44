/** One unit: its projects by light, its open tickets, its targets. */
import { useCompared } from "../../client/answer";
import { Link } from "../../client/place";
import { UnitPageDocument, type UnitPageQuery } from "../../generated/operations";
import { type Fact, FactsBeside } from "../../parts/Beside";
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

type Unit = NonNullable<UnitPageQuery["moment"]["unit"]>;

export function UnitPage({ code }: { code: string }) {
  const t = useWords(WORDS);
  const listed = useListed();
  const say = useLabel();
  const answer = useCompared(UnitPageDocument, { code, unit: [code] });
  const now = answer.now?.moment;
  const linked = (name: string, to: Unit["parent"]): Fact => ({
    name,
    value: to,
    drawn: to && <Link to={`/board/units/${to.code}`}>{say(to.name)}</Link>,
  });
  const factsOf = (of: Unit): readonly Fact[] => [
    linked(t("parent"), of.parent),
    linked(t("successor"), of.successor),
    { name: t("aliases"), value: listed(of.aliases) },
    { name: t("duty"), value: of.duty ? t(of.duty) : "" },
  ];
  return (
    <article className="board unit">
      <p className="back">
        <Link to="/board">{t("back")}</Link>
      </p>
      <Answered answer={answer}>
        {({ moment: { unit, projectsByLight, projects, tickets, targets, clock } }) =>
          unit === null ? (
            <Unknown what={t("unit")} says={t("unknownUnit")} now={now?.unit ? say(now.unit.name) : undefined} />
          ) : (
            <>
              <h1>
                <Differs then={unit.name} now={now?.unit?.name} draw={say} />{" "}
                {unit.closed || now?.unit?.closed ? (
                  <small>
                    <Differs
                      then={unit.closed}
                      now={now?.unit?.closed}
                      draw={(closed) => (closed ? t("closed") : "")}
                    />
                  </small>
                ) : null}
              </h1>
              <PrintReport units={[unit]} day={dayOf(clock)} />
              <FactsBeside then={factsOf(unit)} now={now?.unit ? factsOf(now.unit) : undefined}>
                <dt>{t("projectLights")}</dt>
                <dd>
                  <LightCounts
                    counts={lightsOf(projectsByLight)}
                    now={now && lightsOf(now.projectsByLight)}
                    of={t("projects")}
                    to={(colour) => `/projects?unit=${code}&light=${colour.toLowerCase()}`}
                  />
                </dd>
              </FactsBeside>
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
              {targets.nodes.length + (now?.targets.nodes.length ?? 0) === 0 ? (
                <p className="hint">{t("none")}</p>
              ) : null}
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
