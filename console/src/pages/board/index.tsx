/** How projects and tickets stand. */
import { useCompared } from "../../client/answer";
import { Link } from "../../client/place";
import { OverviewDocument } from "../../generated/operations";
import { Differs } from "../../parts/Differs";
import { Light } from "../../parts/Light";
import { Answered } from "../../parts/Said";
import { useLabel, useWords } from "../../words/language";
import { WORDS } from "./words";

export default function BoardPage() {
  const t = useWords(WORDS);
  const say = useLabel();
  const answer = useCompared(OverviewDocument, {});
  return (
    <section>
      <h1>{t("title")}</h1>
      <Answered answer={answer}>
        {({ moment }) => (
          <>
            {(["projectsByStage", "ticketsByLight"] as const).map((part) => (
              <section key={part}>
                <h2>{t(part === "projectsByStage" ? "projects" : "tickets")}</h2>
                <ul className="tiles">
                  {moment[part].map(({ group, count }) => {
                    const key = group[0]?.key;
                    const now = answer.now?.moment[part].find((each) => each.group[0]?.key === key)?.count ?? 0;
                    return (
                      <li key={key}>
                        <strong>
                          <Differs then={count} now={answer.now && now} draw={String} />
                        </strong>
                        <span>{say(group[0]?.label)}</span>
                      </li>
                    );
                  })}
                </ul>
              </section>
            ))}
            <h2>{t("overdue")}</h2>
            <ul className="plain">
              {moment.overdueTickets.nodes.map((ticket) => (
                <li key={ticket.entityId}>
                  <Link to={`/tickets/${ticket.entityId}`}>{ticket.number}</Link> {ticket.subject}{" "}
                  <Light light={ticket.light} />
                </li>
              ))}
            </ul>
          </>
        )}
      </Answered>
    </section>
  );
}
