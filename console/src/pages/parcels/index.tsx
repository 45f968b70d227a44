/** One parcel 地块: how it is used and how it came to that, whose it is, the projects on it and the tickets about it. */
import { useCompared } from "../../client/answer";
import { Link } from "../../client/place";
import { ParcelPageDocument, type ParcelPageQuery } from "../../generated/operations";
import { Beside, type Fact, FactsBeside } from "../../parts/Beside";
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
  const unknown = <Unknown what={t("title")} says={t("unknown")} now={now && (now.location ?? t("title"))} />;
  const factsOf = (of: Parcel): readonly Fact[] => [
    { name: t("use"), value: say(of.useLabel) },
    {
      name: t("unit"),
      value: of.unit,
      drawn: of.unit && <Link to={`/board/units/${of.unit.code}`}>{say(of.unit.name)}</Link>,
    },
    {
      name: t("area"),
      value: [
        of.areaMu === null ? "" : t("mu", { area: of.areaMu }),
        of.areaM2 === null ? "" : t("squareMetres", { area: of.areaM2 }),
      ]
        .filter(Boolean)
        .join(" · "),
    },
    { name: t("price"), value: of.price?.text },
    { name: t("winner"), value: of.winner, drawn: of.winner && <CompanyLink company={of.winner} /> },
    { name: t("formerUser"), value: of.formerUser, drawn: of.formerUser && <CompanyLink company={of.formerUser} /> },
    { name: t("note"), value: of.note },
  ];
  const belonging = (of: Parcel | undefined, project: string) => {
    const one = of?.projects.find((each) => each.project?.entityId === project);
    const left = one?.left ? t("left", { day: one.left.text }) : "";
    return one === undefined ? "" : [t("entered", { day: one.entered.text }), left].filter(Boolean).join(" ");
  };
  return (
    <article className="parcel">
      <Answered answer={answer} unknown={unknown}>
        {({ moment: { parcel, tickets, units } }) =>
          parcel === null ? (
            unknown
          ) : (
            <>
              <h1>
                <Differs then={parcel.location} now={now?.location} draw={(location) => location} />{" "}
                <small>
                  <Differs
                    then={parcel.closed}
                    now={now?.closed}
                    draw={(closed) => (closed ? t("closed") : t("title"))}
                  />
                </small>
              </h1>
              <FactsBeside then={factsOf(parcel)} now={now && factsOf(now)} />
              <h2>{t("steps")}</h2>
              {parcel.steps.length === 0 ? <p className="hint">{t("nothing")}</p> : null}
              <Beside rows={parcel.steps} now={now?.steps} keyOf={({ factVersion }) => String(factVersion)} as="ol">
                {({ label, on, reason }) => (
                  <>
                    {on.text} <strong>{say(label)}</strong> <small className="hint">{reason}</small>
                  </>
                )}
              </Beside>
              <h2>{t("projects")}</h2>
              <ProjectRows
                projects={whole(projectsOn(parcel))}
                now={now && whole(projectsOn(now))}
                more={({ entityId: project }) => belonging(parcel, project)}
                moreNow={({ entityId: project }) => belonging(now, project)}
              />
              <h2>
                {t("tickets")}{" "}
                <Link to={`/tickets/new?about=parcel:${parcel.entityId}`} className="button">
                  {t("writeTicket")}
                </Link>
              </h2>
              <TicketRows tickets={whole(tickets.nodes)} now={today && whole(today.tickets.nodes)} />
              <Printed items={parcel.published} now={now?.published} heading={<h2>{t("published")}</h2>} />
              <h2>
                {t("history")}{" "}
                <small>
                  <Link to={`/record?of=${parcel.entityId}`}>{t("allEvents")}</Link>
                </small>
              </h2>
              <ChoicesProvider units={units?.nodes}>
                <History of={parcel.history} now={now?.history} />
              </ChoicesProvider>
            </>
          )
        }
      </Answered>
    </article>
  );
}
