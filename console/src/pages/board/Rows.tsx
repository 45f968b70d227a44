/** Projects and tickets in a line each, with the light and its reason: what the board and the pages below it list. */
import { Link } from "../../client/place";
import type { ProjectStandingFragment, TicketStandingFragment } from "../../generated/operations";
import { Light } from "../../parts/Light";
import { useLabel } from "../../words/language";

export function ProjectRows({
  projects,
  more,
}: {
  projects: readonly ProjectStandingFragment[];
  more?: (project: ProjectStandingFragment) => string;
}) {
  const say = useLabel();
  return (
    <ul className="plain rows">
      {projects.map((project) => (
        <li key={project.entityId}>
          <Link to={`/projects/${project.entityId}`}>{project.name}</Link>
          <small>
            {[say(project.unit?.name), say(project.stageLabel), more?.(project)].filter(Boolean).join(" · ")}
          </small>
          <Light light={project.light} />
        </li>
      ))}
    </ul>
  );
}

export function TicketRows({ tickets }: { tickets: readonly TicketStandingFragment[] }) {
  const say = useLabel();
  return (
    <ul className="plain rows">
      {tickets.map((ticket) => (
        <li key={ticket.entityId}>
          <Link to={`/tickets/${ticket.entityId}`}>
            {ticket.number} {ticket.subject}
          </Link>
          <small>{say(ticket.handler?.name)}</small>
          <Light light={ticket.light} />
        </li>
      ))}
    </ul>
  );
}
