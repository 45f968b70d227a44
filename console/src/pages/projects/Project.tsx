/** One project: its milestones, who leads it, land, money, outputs, tickets, what was printed, its history, and what may be done. */
import type { ReactNode } from "react";
import { useCompared } from "../../client/answer";
import { Link } from "../../client/place";
import { ProjectPageDocument, type ProjectPageQuery } from "../../generated/operations";
import { Attachments } from "../../parts/Attachments";
import { Beside, type Fact, FactsBeside } from "../../parts/Beside";
import { ChoicesProvider, useAsksChoices } from "../../parts/choices";
import { Differs } from "../../parts/Differs";
import { eventsOf, History } from "../../parts/History";
import { LightBeside } from "../../parts/Light";
import { CompanyLink } from "../../parts/Nouns";
import { Printed } from "../../parts/Printed";
import { TicketRows } from "../../parts/Rows";
import { Answered, Unknown } from "../../parts/Said";
import { Change, classOf, sidesOf, whole } from "../../parts/sides";
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
  const unknown = <Unknown what={t("aProject")} says={t("unknown")} now={now?.name} />;
  const partsOf = ({ milestones, mayAttach }: Project) =>
    milestones.map(({ kind, label }) => ({ name: say(label), to: { milestone: kind }, mayAttach }));
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
                <Differs then={project.name} now={now?.name} draw={String} />{" "}
                <small>
                  <Differs then={project.code} now={now?.code} draw={String} />
                </small>
              </h1>
              <p>
                <strong>
                  <Differs then={project.stageLabel} now={now?.stageLabel} draw={say} />
                </strong>{" "}
                <Differs
                  then={project.unit}
                  now={now?.unit}
                  draw={(unit) => (unit === null ? "" : <Link to={`/board/units/${unit.code}`}>{say(unit.name)}</Link>)}
                />{" "}
                <LightBeside then={project.light} now={now?.light} />
              </p>
              <Actions project={project} today={validOn} />
              <h2>{t("milestones")}</h2>
              <Milestones
                milestones={project.milestones}
                now={now?.milestones}
                today={validOn}
                files={project.attachments}
                filesNow={now?.attachments}
              />
              <ChoicesProvider units={answer.data?.moment.units?.nodes}>
                <Attachments
                  attached={project.attachments}
                  now={now?.attachments}
                  mayAttach={project.mayAttach}
                  to={{ project: project.entityId }}
                  parts={partsOf(project)}
                  partsNow={now && partsOf(now)}
                  events={eventsOf(project.history, now?.history)}
                />
              </ChoicesProvider>
              <div className="two">
                <People project={project} now={now} />
                <Money project={project} now={now} />
                <About project={project} now={now} />
                <Land project={project} now={now} />
                <Outputs project={project} now={now} />
                <Belongs project={project} now={now} />
              </div>
              <h2>
                {t("tickets")}{" "}
                <small>
                  <Differs then={project.tickets.totalCount} now={now?.tickets.totalCount} draw={String} />
                </small>{" "}
                <Link to={`/tickets/new?about=project:${project.entityId}`} className="button">
                  {t("writeTicket")}
                </Link>
              </h2>
              <TicketRows tickets={project.tickets} now={now?.tickets} />
              <Printed items={project.published} now={now?.published} heading={<h2>{t("published")}</h2>} />
              <h2>{t("history")}</h2>
              <ChoicesProvider units={answer.data?.moment.units?.nodes}>
                <History of={project.history} now={now?.history} />
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
      <Beside
        rows={project.leaders}
        now={now?.leaders}
        keyOf={({ official, since }) => `${official.name} ${since}`}
        tellsOf={({ official: { name }, ...row }) => [name, row]}
      >
        {({ official, since, until, why, whyEnded }) => (
          <>
            {official.name} <span className="hint">{term(since, until)}</span>{" "}
            <small>{listed([why ?? "", whyEnded ?? ""], true)}</small>
          </>
        )}
      </Beside>
      <h3>{t("agents")}</h3>
      {project.agents.length === 0 ? <p className="hint">{t("nothing")}</p> : null}
      <Beside
        rows={project.agents}
        now={now?.agents}
        keyOf={versionOf}
        tellsOf={({ official: { name }, ...row }) => [name, row]}
      >
        {({ official, unit, scope, since, until, releasedOn, active }) => (
          <>
            {official.name} <span className="hint">{say(unit?.name)}</span>{" "}
            <span className="hint">{term(since, releasedOn ?? until)}</span>{" "}
            <small>
              {t("scope", { kinds: listed(scope.map((kind) => t(kind))) })}
              {active ? "" : ` · ${t("ended")}`}
            </small>
          </>
        )}
      </Beside>
    </Part>
  );
}

/** What was stated at one version of a project is the same statement at every moment. */
function versionOf({ statement }: { readonly statement: { readonly nounVersion: number } }): string {
  return String(statement.nounVersion);
}

type Invested = Project["increases"][number]["added"];

function Money({ project, now }: Sides) {
  const t = useWords(WORDS);
  const listed = useListed();
  const amount = ({ total, registered }: Invested) => {
    if (total === null) return registered?.text ?? t("unknownAmount");
    return registered === null ? total.text : t("ofRegistered", { total: total.text, registered: registered.text });
  };
  const isEmpty = ({ investment, registeredCapital, increases, payments }: Project) =>
    investment === null && registeredCapital === null && increases.length + payments.length === 0;
  const sums = ({ investment, registeredCapital }: Project): readonly Fact[] => [
    { name: t("investment"), value: investment?.text ?? "–" },
    { name: t("registered"), value: registeredCapital?.text ?? "–" },
  ];
  const increases = sidesOf(whole(project.increases), now && whole(now.increases), versionOf);
  const payments = sidesOf(whole(project.payments), now && whole(now.payments), ({ through }) => through);
  const increaseText = ({ on, added, before, after }: Project["increases"][number]) =>
    t("increaseText", { day: on.text, added: amount(added), before: amount(before), after: amount(after) });
  const paidText = ({ amount: paid, through }: Project["payments"][number]) =>
    t("through", { amount: paid.text, day: through });
  return (
    <Part title={t("money")} empty={isEmpty(project) && (now === undefined || isEmpty(now))}>
      <FactsBeside then={sums(project)} now={now && sums(now)}>
        {increases.map(({ key, row, now: today, change }) => (
          <div key={`increase ${key}`} className="pair">
            <dt>{t("increase")}</dt>
            <dd className={classOf({ change })}>
              <Differs then={increaseText(row)} now={today && increaseText(today)} draw={String} />
              {row.uses.length > 0 || today?.uses.length ? (
                <small className="hint">
                  {" "}
                  <Differs then={listed(row.uses)} now={today && listed(today.uses)} draw={String} />
                </small>
              ) : null}
              <Change of={change} />
            </dd>
          </div>
        ))}
        {payments.map(({ key, row, now: today, change }) => (
          <div key={`payment ${key}`} className="pair">
            <dt>{t("paidIn")}</dt>
            <dd className={classOf({ change })}>
              <Differs then={paidText(row)} now={today && paidText(today)} draw={String} />
              <Change of={change} />
            </dd>
          </div>
        ))}
      </FactsBeside>
    </Part>
  );
}

function About({ project, now }: Sides) {
  const t = useWords(WORDS);
  const listed = useListed();
  const factsOf = (of: Project): readonly Fact[] => [
    {
      name: t("condition"),
      value: [of.condition, of.conditionChanges.at(-1)?.reason ?? ""],
      drawn: (
        <>
          {t(of.condition)} <small className="hint">{of.conditionChanges.at(-1)?.reason}</small>
        </>
      ),
    },
    { name: t("kind"), value: t(of.kind) },
    { name: t("owner"), value: of.owner, drawn: of.owner && <CompanyLink company={of.owner} /> },
    {
      name: t("investors"),
      value: of.investors,
      drawn: (
        <ul className="inline">
          {of.investors.map((company) => (
            <li key={company.entityId}>
              <CompanyLink company={{ ...company, description: null }} />{" "}
              <small className="hint">{company.country}</small>
            </li>
          ))}
        </ul>
      ),
    },
    { name: t("location"), value: of.location },
    { name: t("content"), value: [of.content, of.phase].filter(Boolean).join(" · ") },
    { name: t("industries"), value: listed(of.industries) },
    { name: t("aliases"), value: listed(of.aliases) },
  ];
  return (
    <Part title={t("name")} empty={false}>
      <FactsBeside then={factsOf(project)} now={now && factsOf(now)} />
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

const over = ({ current }: Belonging) => (current ? undefined : "over");

function Land({ project, now }: Sides) {
  const t = useWords(WORDS);
  const say = useLabel();
  const belonging = useBelonging();
  return (
    <Part title={t("land")} empty={project.parcels.length + (now?.parcels.length ?? 0) === 0}>
      <Beside
        rows={project.parcels}
        now={now?.parcels}
        keyOf={(one) => `${one.parcel?.entityId} ${one.entered.text}`}
        classOfRow={over}
      >
        {(one) => (
          <>
            {one.parcel === null ? "–" : <Link to={`/parcels/${one.parcel.entityId}`}>{one.parcel.location}</Link>}{" "}
            <strong>{say(one.parcel?.useLabel)}</strong>{" "}
            {one.parcel?.areaMu ? t("area", { area: one.parcel.areaMu }) : null} {one.parcel?.price?.text}{" "}
            <small className="hint">{belonging(one)}</small>
          </>
        )}
      </Beside>
    </Part>
  );
}

function Outputs({ project, now }: Sides) {
  const t = useWords(WORDS);
  const say = useLabel();
  return (
    <Part title={t("outputs")} empty={project.outputs.length + (now?.outputs.length ?? 0) === 0}>
      <Beside rows={project.outputs} now={now?.outputs} keyOf={versionOf}>
        {({ label, quantity, per, measured, period }) => (
          <>
            {say(label)} <strong>{quantity.text}</strong> {per === null ? null : t(per)}{" "}
            <small className="hint">
              {t(measured ? "measured" : "expected")} {period?.text}
            </small>
          </>
        )}
      </Beside>
    </Part>
  );
}

function Belongs({ project, now }: Sides) {
  const t = useWords(WORDS);
  const say = useLabel();
  const belonging = useBelonging();
  const isEmpty = ({ supervision, groups }: Project) => supervision.length + groups.length === 0;
  return (
    <Part title={t("belongs")} empty={isEmpty(project) && (now === undefined || isEmpty(now))}>
      <Beside
        rows={project.supervision}
        now={now?.supervision}
        keyOf={(one) => `${one.supervisionList?.entityId} ${one.entered.text}`}
        classOfRow={over}
      >
        {(one) => (
          <>
            <Link to={`/board/lists/${one.supervisionList?.entityId ?? ""}`}>
              {say(one.supervisionList?.programme)} · {say(one.supervisionList?.dutyLabel)}
            </Link>{" "}
            {one.due === null ? null : t("due", { day: one.due })} <small className="hint">{belonging(one)}</small>
          </>
        )}
      </Beside>
      <Beside
        rows={project.groups}
        now={now?.groups}
        keyOf={(one) => `${one.group?.name} ${one.entered.text}`}
        classOfRow={over}
      >
        {(one) => (
          <>
            {one.group?.name} <small className="hint">{belonging(one)}</small>
          </>
        )}
      </Beside>
    </Part>
  );
}
