/** Projects and tickets in a line each, with the light and its reason: what the board and the pages below it list. */
import { Link } from "../client/place";
import type { ProjectStandingFragment, TicketStandingFragment } from "../generated/operations";
import { useLabel, useWords } from "../words/language";
import { Differs } from "./Differs";
import { LightBeside } from "./Light";
import { Change, classOf, type Listed, sidesOf } from "./sides";
import { WORDS } from "./words";

const entityOf = ({ entityId }: { readonly entityId: string }) => entityId;

function Nothing() {
  const t = useWords(WORDS);
  return <p className="hint">{t("none")}</p>;
}

export function ProjectRows({
  projects,
  now,
  more,
}: {
  projects: Listed<ProjectStandingFragment>;
  /** The same list now, where it is compared. */
  now?: Listed<ProjectStandingFragment> | undefined;
  more?: (project: ProjectStandingFragment) => string;
}) {
  const say = useLabel();
  const sides = sidesOf(projects, now, entityOf);
  if (sides.length === 0) return <Nothing />;
  return (
    <ul className="plain rows">
      {sides.map(({ key, row: project, now: today, change }) => (
        <li key={key} className={classOf({ change })}>
          <Link to={`/projects/${project.entityId}`}>{project.name}</Link>
          <small>
            <Differs
              then={[say(project.unit?.name), say(project.stageLabel)].filter(Boolean).join(" · ")}
              now={today && [say(today.unit?.name), say(today.stageLabel)].filter(Boolean).join(" · ")}
              draw={String}
            />
            {more?.(project) ? ` · ${more(project)}` : null}
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
            {ticket.number ?? ""} {ticket.subject}
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
