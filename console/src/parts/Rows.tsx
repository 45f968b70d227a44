/** Projects and tickets in a line each, with the light and its reason: what the board and the pages below it list. */
import { Link } from "../client/place";
import type { ProjectStandingFragment, TicketStandingFragment } from "../generated/operations";
import { useLabel, useWords } from "../words/language";
import { Differs } from "./Differs";
import { LightBeside } from "./Light";
import { Change, classOf, type Listed, sidesOf } from "./sides";
import { WORDS } from "./words";

const entityOf = ({ entityId }: { readonly entityId: string }) => entityId;

function moreOf<Row>(more: ((row: Row) => string) | undefined, row: Row): string {
  const said = more?.(row) ?? "";
  return said === "" ? "" : ` · ${said}`;
}

function Nothing() {
  const t = useWords(WORDS);
  return <p className="hint">{t("none")}</p>;
}

export function ProjectRows({
  projects,
  now,
  more,
  moreNow,
}: {
  projects: Listed<ProjectStandingFragment>;
  /** The same list now, where it is compared. */
  now?: Listed<ProjectStandingFragment> | undefined;
  /** What else is said of a project; and what that is now, where it is compared. */
  more?: (project: ProjectStandingFragment) => string;
  moreNow?: (project: ProjectStandingFragment) => string;
}) {
  const say = useLabel();
  const sides = sidesOf(projects, now, entityOf);
  if (sides.length === 0) return <Nothing />;
  return (
    <ul className="plain rows">
      {sides.map(({ key, row: project, now: today, change }) => (
        <li key={key} className={classOf({ change })}>
          <Link to={`/projects/${project.entityId}`}>
            <Differs then={project.name} now={today?.name} draw={String} />
          </Link>
          <small>
            <Differs
              then={[say(project.unit?.name), say(project.stageLabel)].filter(Boolean).join(" · ")}
              now={today && [say(today.unit?.name), say(today.stageLabel)].filter(Boolean).join(" · ")}
              draw={String}
            />
            <Differs
              then={moreOf(change === "cameSince" ? moreNow : more, project)}
              now={today && moreNow && moreOf(moreNow, today)}
              draw={String}
            />
          </small>
          <LightBeside then={project.light} now={today?.light} />
          <Change of={change} />
        </li>
      ))}
    </ul>
  );
}

export function TicketRows({
  tickets,
  now,
}: {
  tickets: Listed<TicketStandingFragment>;
  /** The same list now, where it is compared. */
  now?: Listed<TicketStandingFragment> | undefined;
}) {
  const say = useLabel();
  const sides = sidesOf(tickets, now, entityOf);
  if (sides.length === 0) return <Nothing />;
  return (
    <ul className="plain rows">
      {sides.map(({ key, row: ticket, now: today, change }) => (
        <li key={key} className={classOf({ change })}>
          <Link to={`/tickets/${ticket.entityId}`}>
            <Differs
              then={`${ticket.number ?? ""} ${ticket.subject}`}
              now={today && `${today.number ?? ""} ${today.subject}`}
              draw={String}
            />
          </Link>
          <small>
            <Differs then={say(ticket.handler?.name)} now={today && say(today.handler?.name)} draw={String} />
          </small>
          <LightBeside then={ticket.light} now={today?.light} />
          <Change of={change} />
        </li>
      ))}
    </ul>
  );
}
