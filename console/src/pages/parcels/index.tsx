/** One parcel 地块: how it is used and how it came to that, whose it is, the projects on it and the tickets about it. */
import type { ReactNode } from "react";
import { useCompared } from "../../client/answer";
import { Link } from "../../client/place";
import { ParcelPageDocument, type ParcelPageQuery } from "../../generated/operations";
import { ChoicesProvider, useAsksChoices } from "../../parts/choices";
import { Differs } from "../../parts/Differs";
import { History } from "../../parts/History";
import { CompanyLink } from "../../parts/Nouns";
import { Printed } from "../../parts/Printed";
import { ProjectRows, TicketRows } from "../../parts/Rows";
import { Answered, Unknown } from "../../parts/Said";
import { whole } from "../../parts/sides";
import { useLabel, useWords } from "../../words/language";
import type { PageProps } from "..";
import { WORDS } from "./words";

export default function ParcelPages({ rest: [entityId = ""] }: PageProps) {
  return entityId === "" ? <WhichOne /> : <ParcelPage key={entityId} entityId={entityId} />;
}

/** An address that names none: nothing is asked, and the page leads to where they are found. */
function WhichOne() {
  const t = useWords(WORDS);
  return (
    <article className="parcel">
      <h1>{t("title")}</h1>
      <p>{t("which")}</p>
      <p>
        <Link to="/record?kind=parcel">{t("inTheRecord")}</Link>
      </p>
    </article>
  );
}

type Parcel = NonNullable<ParcelPageQuery["moment"]["parcel"]>;

/** The projects that use a parcel, or used it. */
function projectsOn({ projects }: Parcel) {
  return projects.flatMap(({ project }) => (project === null ? [] : [project]));
}

function ParcelPage({ entityId }: { entityId: string }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const choices = useAsksChoices("units");
  const answer = useCompared(ParcelPageDocument, { entityId, choices });
  const today = answer.now?.moment;
  const now = today?.parcel ?? undefined;
  const fact = (name: string, value: ReactNode) =>
    value === null || value === undefined || value === "" ? null : (
      <>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </>
    );
  const unknown = <Unknown what={t("title")} says={t("unknown")} />;
  return (
    <article className="parcel">
      <Answered answer={answer} unknown={unknown}>
        {({ moment: { parcel, tickets, units } }) =>
          parcel === null ? (
            unknown
          ) : (
            <>
              <h1>
                {parcel.location} <small>{parcel.closed ? t("closed") : t("title")}</small>
              </h1>
              <dl className="facts">
                {fact(t("use"), <Differs then={parcel.useLabel} now={now?.useLabel} draw={say} />)}
                {fact(
                  t("unit"),
                  parcel.unit && <Link to={`/board/units/${parcel.unit.code}`}>{say(parcel.unit.name)}</Link>,
                )}
                {fact(
                  t("area"),
                  [
                    parcel.areaMu === null ? "" : t("mu", { area: parcel.areaMu }),
                    parcel.areaM2 === null ? "" : t("squareMetres", { area: parcel.areaM2 }),
                  ]
                    .filter(Boolean)
                    .join(" · "),
                )}
                {fact(
                  t("price"),
                  parcel.price || now?.price ? (
                    <Differs
                      then={parcel.price?.text ?? "–"}
                      now={now && (now.price?.text ?? "–")}
                      draw={(text) => text}
                    />
                  ) : null,
                )}
                {fact(t("winner"), parcel.winner && <CompanyLink company={parcel.winner} />)}
                {fact(t("formerUser"), parcel.formerUser && <CompanyLink company={parcel.formerUser} />)}
                {fact(t("note"), parcel.note)}
              </dl>
              <h2>{t("steps")}</h2>
              {parcel.steps.length === 0 ? <p className="hint">{t("nothing")}</p> : null}
              <ol className="plain">
                {parcel.steps.map(({ factVersion, label, on, reason }) => (
                  <li key={factVersion}>
                    {on.text} <strong>{say(label)}</strong> <small className="hint">{reason}</small>
                  </li>
                ))}
              </ol>
              <h2>{t("projects")}</h2>
              <ProjectRows
                projects={whole(projectsOn(parcel))}
                now={now && whole(projectsOn(now))}
                more={({ entityId: project }) => {
                  const one = parcel.projects.find((each) => each.project?.entityId === project);
                  const left = one?.left ? t("left", { day: one.left.text }) : "";
                  return one === undefined ? "" : [t("entered", { day: one.entered.text }), left].join(" ");
                }}
              />
              <h2>
                {t("tickets")}{" "}
                <Link to={`/tickets/new?about=parcel:${parcel.entityId}`} className="button">
                  {t("writeTicket")}
                </Link>
              </h2>
              <TicketRows tickets={whole(tickets.nodes)} now={today && whole(today.tickets.nodes)} />
              {parcel.published.length > 0 ? <h2>{t("published")}</h2> : null}
              <Printed items={parcel.published} />
              <h2>
                {t("history")}{" "}
                <small>
                  <Link to={`/record?of=${parcel.entityId}`}>{t("allEvents")}</Link>
                </small>
              </h2>
              <ChoicesProvider units={units?.nodes}>
                <History events={parcel.history.nodes} total={parcel.history.totalCount} />
              </ChoicesProvider>
            </>
          )
        }
      </Answered>
    </article>
  );
}
