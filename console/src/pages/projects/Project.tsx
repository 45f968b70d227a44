/** One project: its milestones, who leads it, land, money, outputs, tickets, what was printed, its history, and what may be done. */
import type { ReactNode } from "react";
import { useCompared } from "../../client/answer";
import { Link } from "../../client/place";
import { ProjectPageDocument, type ProjectPageQuery } from "../../generated/operations";
import { Attachments } from "../../parts/Attachments";
import { ChoicesProvider, useAsksChoices } from "../../parts/choices";
import { Differs } from "../../parts/Differs";
import { History } from "../../parts/History";
import { Light, LightBeside } from "../../parts/Light";
import { CompanyLink } from "../../parts/Nouns";
import { Printed } from "../../parts/Printed";
import { Answered, Unknown } from "../../parts/Said";
import { useLabel, useListed, useWords } from "../../words/language";
import { Actions } from "./Actions";
import { Milestones } from "./Milestones";
import { WORDS } from "./words";

export type Project = NonNullable<ProjectPageQuery["moment"]["project"]>;

export function ProjectPage({ entityId }: { entityId: string }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const choices = useAsksChoices("units");
  const answer = useCompared(ProjectPageDocument, { entityId, choices });
  const now = answer.now?.moment.project ?? undefined;
  const unknown = <Unknown what={t("aProject")} says={t("unknown")} />;
  return (
    <article className="project">
      <p className="back">
        <Link to="/projects">{t("title")}</Link>
      </p>
      <Answered answer={answer} unknown={unknown}>
        {({ moment: { project, validOn } }) =>
          project === null ? (
            unknown
          ) : (
            <>
              <h1>
                {project.name} <small>{project.code}</small>
              </h1>
              <p>
                <strong>
                  <Differs then={project.stageLabel} now={now?.stageLabel} draw={say} />
                </strong>{" "}
                {project.unit === null ? null : (
                  <Link to={`/board/units/${project.unit.code}`}>{say(project.unit.name)}</Link>
                )}{" "}
                <LightBeside then={project.light} now={now?.light} />
              </p>
              <Actions project={project} today={validOn} />
              <h2>{t("milestones")}</h2>
              <Milestones
                milestones={project.milestones}
                now={now?.milestones}
                today={validOn}
                files={project.attachments}
              />
              <ChoicesProvider units={answer.data?.moment.units?.nodes}>
                <Attachments
                  attached={project.attachments}
                  now={now?.attachments}
                  mayAttach={project.mayAttach}
                  to={{ project: project.entityId }}
                  parts={project.milestones.map(({ kind, label }) => ({
                    name: say(label),
                    to: { milestone: kind },
                    mayAttach: project.mayAttach,
                  }))}
                  events={project.history.nodes}
                />
              </ChoicesProvider>
              <div className="two">
                <People project={project} now={now} />
                <Money project={project} now={now} />
                <About project={project} now={now} />
                <Land project={project} />
                <Outputs project={project} />
                <Belongs project={project} />
              </div>
              <h2>
                {t("tickets")} <small>{project.tickets.totalCount}</small>{" "}
                <Link to={`/tickets/new?about=project:${project.entityId}`} className="button">
                  {t("writeTicket")}
                </Link>
              </h2>
              {project.tickets.nodes.length === 0 ? <p className="hint">{t("nothing")}</p> : null}
              <ul className="plain rows">
                {project.tickets.nodes.map((ticket) => (
                  <li key={ticket.entityId}>
                    <Link to={`/tickets/${ticket.entityId}`}>
                      {ticket.number} {ticket.subject}
                    </Link>
                    <small>{say(ticket.handler?.name)}</small>
                    <Light light={ticket.light} />
                  </li>
                ))}
              </ul>
              {project.published.length > 0 ? <h2>{t("published")}</h2> : null}
              <Printed items={project.published} />
              <h2>{t("history")}</h2>
              <ChoicesProvider units={answer.data?.moment.units?.nodes}>
                <History events={project.history.nodes} total={project.history.totalCount} />
              </ChoicesProvider>
            </>
          )
        }
      </Answered>
    </article>
  );
}

/** A part of the page with its heading; it says so where there is nothing in it. */
function Part({ title, empty, children }: { title: string; empty: boolean; children: ReactNode }) {
  const t = useWords(WORDS);
  return (
    <section>
      <h2>{title}</h2>
      {empty ? <p className="hint">{t("nothing")}</p> : children}
    </section>
  );
}

interface Sides {
  readonly project: Project;
  /** The same project now, where it is compared. */
  readonly now?: Project | undefined;
}

function People({ project, now }: Sides) {
  const t = useWords(WORDS);
  const listed = useListed();
  const say = useLabel();
  const leads = ({ leader, leaderlessSince }: Project) =>
    leader === null
      ? leaderlessSince === null
        ? t("nobody")
        : t("noLeader", { day: leaderlessSince })
      : [leader.name, leader.post].filter(Boolean).join(" · ");
  const term = (since: string, until: string | null) =>
    until === null ? t("termOpen", { since }) : t("term", { since, until });
  return (
    <Part title={t("people")} empty={false}>
      <p>
        {t("leader")} <strong>{<Differs then={leads(project)} now={now && leads(now)} draw={String} />}</strong>
        <span className={project.leader === null ? "bad" : "hint"}>
          {" "}
          <Differs
            then={project.daysWithoutLeader}
            now={now?.daysWithoutLeader}
            draw={(days) => t("daysWithout", { days })}
          />
        </span>
      </p>
      <ul className="plain">
        {project.leaders.map(({ official, since, until, why, whyEnded }) => (
          <li key={`${official.name} ${since}`}>
            {official.name} <span className="hint">{term(since, until)}</span>{" "}
            <small>{listed([why ?? "", whyEnded ?? ""], true)}</small>
          </li>
        ))}
      </ul>
      <h3>{t("agents")}</h3>
      {project.agents.length === 0 ? <p className="hint">{t("nothing")}</p> : null}
      <ul className="plain">
        {project.agents.map(({ official, unit, scope, since, until, releasedOn, active, statement }) => (
          <li key={statement.nounVersion}>
            {official.name} <span className="hint">{say(unit?.name)}</span>{" "}
            <span className="hint">{term(since, releasedOn ?? until)}</span>{" "}
            <small>
              {t("scope", { kinds: listed(scope.map((kind) => t(kind))) })}
              {active ? "" : ` · ${t("ended")}`}
            </small>
          </li>
        ))}
      </ul>
    </Part>
  );
}

type Invested = Project["increases"][number]["added"];

function Money({ project, now }: Sides) {
  const t = useWords(WORDS);
  const listed = useListed();
  const amount = ({ total, registered }: Invested) => {
    if (total === null) return registered?.text ?? t("unknownAmount");
    return registered === null ? total.text : t("ofRegistered", { total: total.text, registered: registered.text });
  };
  return (
    <Part
      title={t("money")}
      empty={
        project.investment === null &&
        project.registeredCapital === null &&
        project.increases.length === 0 &&
        project.payments.length === 0
      }
    >
      <dl className="facts">
        <dt>{t("investment")}</dt>
        <dd>
          <Differs then={project.investment?.text ?? "–"} now={now && (now.investment?.text ?? "–")} draw={String} />
        </dd>
        <dt>{t("registered")}</dt>
        <dd>
          <Differs
            then={project.registeredCapital?.text ?? "–"}
            now={now && (now.registeredCapital?.text ?? "–")}
            draw={String}
          />
        </dd>
        {project.increases.map(({ on, added, before, after, uses, statement }) => (
          <div key={statement.nounVersion} className="pair">
            <dt>{t("increase")}</dt>
            <dd>
              {t("increaseText", { day: on.text, added: amount(added), before: amount(before), after: amount(after) })}
              {uses.length > 0 ? <small className="hint"> {listed(uses)}</small> : null}
            </dd>
          </div>
        ))}
        {project.payments.map(({ amount: paid, through }) => (
          <div key={through} className="pair">
            <dt>{t("paidIn")}</dt>
            <dd>{t("through", { amount: paid.text, day: through })}</dd>
          </div>
        ))}
      </dl>
    </Part>
  );
}

function About({ project, now }: Sides) {
  const t = useWords(WORDS);
  const listed = useListed();
  const facts: readonly (readonly [string, ReactNode])[] = [
    [t("kind"), t(project.kind)],
    [t("owner"), project.owner === null ? "" : <CompanyLink key="owner" company={project.owner} />],
    [
      t("investors"),
      project.investors.length === 0 ? (
        ""
      ) : (
        <ul key="investors" className="inline">
          {project.investors.map((company) => (
            <li key={company.entityId}>
              <CompanyLink company={{ ...company, description: null }} />{" "}
              <small className="hint">{company.country}</small>
            </li>
          ))}
        </ul>
      ),
    ],
    [t("location"), project.location ?? ""],
    [t("content"), [project.content, project.phase].filter(Boolean).join(" · ")],
    [t("industries"), listed(project.industries)],
    [t("aliases"), listed(project.aliases)],
  ];
  return (
    <Part title={t("name")} empty={false}>
      <dl className="facts">
        <dt>{t("condition")}</dt>
        <dd>
          <Differs then={project.condition} now={now?.condition} draw={(condition) => t(condition)} />{" "}
          <small className="hint">{project.conditionChanges.at(-1)?.reason}</small>
        </dd>
        {facts
          .filter(([, value]) => value !== "")
          .map(([label, value]) => (
            <div key={label} className="pair">
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </Part>
  );
}

type Belonging = Pick<Project["groups"][number], "entered" | "left" | "current" | "reason">;

function useBelonging() {
  const t = useWords(WORDS);
  return ({ entered, left, reason }: Belonging) =>
    [t("entered", { day: entered.text }), left === null ? "" : t("left", { day: left.text }), reason ?? ""]
      .filter(Boolean)
      .join(" · ");
}

function Land({ project }: Sides) {
  const t = useWords(WORDS);
  const say = useLabel();
  const belonging = useBelonging();
  return (
    <Part title={t("land")} empty={project.parcels.length === 0}>
      <ul className="plain">
        {project.parcels.map((one) => (
          <li key={`${one.parcel?.entityId} ${one.entered.text}`} className={one.current ? undefined : "over"}>
            {one.parcel === null ? "–" : <Link to={`/parcels/${one.parcel.entityId}`}>{one.parcel.location}</Link>}{" "}
            <strong>{say(one.parcel?.useLabel)}</strong>{" "}
            {one.parcel?.areaMu ? t("area", { area: one.parcel.areaMu }) : null} {one.parcel?.price?.text}{" "}
            <small className="hint">{belonging(one)}</small>
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Outputs({ project }: Sides) {
  const t = useWords(WORDS);
  const say = useLabel();
  return (
    <Part title={t("outputs")} empty={project.outputs.length === 0}>
      <ul className="plain">
        {project.outputs.map(({ label, quantity, per, measured, period, statement }) => (
          <li key={statement.nounVersion}>
            {say(label)} <strong>{quantity.text}</strong> {per === null ? null : t(per)}{" "}
            <small className="hint">
              {t(measured ? "measured" : "expected")} {period?.text}
            </small>
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Belongs({ project }: Sides) {
  const t = useWords(WORDS);
  const say = useLabel();
  const belonging = useBelonging();
  return (
    <Part title={t("belongs")} empty={project.supervision.length + project.groups.length === 0}>
      <ul className="plain">
        {project.supervision.map((one) => (
          <li key={`${one.supervisionList?.entityId} ${one.entered.text}`} className={one.current ? undefined : "over"}>
            <Link to={`/board/lists/${one.supervisionList?.entityId ?? ""}`}>
              {say(one.supervisionList?.programme)} · {say(one.supervisionList?.dutyLabel)}
            </Link>{" "}
            {one.due === null ? null : t("due", { day: one.due })} <small className="hint">{belonging(one)}</small>
          </li>
        ))}
        {project.groups.map((one) => (
          <li key={`${one.group?.id} ${one.entered.text}`} className={one.current ? undefined : "over"}>
            {one.group?.name} <small className="hint">{belonging(one)}</small>
          </li>
        ))}
      </ul>
    </Part>
  );
}
