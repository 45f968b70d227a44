/** One company 企业: who it is, its capital, the projects that it builds and the tickets about it. */
import type { ReactNode } from "react";
import { useCompared } from "../../client/answer";
import { Link } from "../../client/place";
import { CompanyPageDocument, type CompanyPageQuery } from "../../generated/operations";
import { ChoicesProvider, useAsksChoices } from "../../parts/choices";
import { Differs } from "../../parts/Differs";
import { History } from "../../parts/History";
import { CompanyLink } from "../../parts/Nouns";
import { Printed } from "../../parts/Printed";
import { ProjectRows, TicketRows } from "../../parts/Rows";
import { Answered, Unknown } from "../../parts/Said";
import { whole } from "../../parts/sides";
import { useLabel, useListed, useWords } from "../../words/language";
import type { PageProps } from "..";
import { WORDS } from "./words";

type Company = NonNullable<CompanyPageQuery["moment"]["company"]>;
type Invested = Company["increases"][number]["added"];

export default function CompanyPages({ rest: [entityId = ""] }: PageProps) {
  return entityId === "" ? <WhichOne /> : <CompanyPage key={entityId} entityId={entityId} />;
}

/** An address that names none: nothing is asked, and the page leads to where they are found. */
function WhichOne() {
  const t = useWords(WORDS);
  return (
    <article className="company">
      <h1>{t("title")}</h1>
      <p>{t("which")}</p>
      <p>
        <Link to="/record?kind=company">{t("inTheRecord")}</Link>
      </p>
    </article>
  );
}

function CompanyPage({ entityId }: { entityId: string }) {
  const t = useWords(WORDS);
  const choices = useAsksChoices("units");
  const answer = useCompared(CompanyPageDocument, { entityId, choices });
  const today = answer.now?.moment;
  const now = today?.company ?? undefined;
  const unknown = <Unknown what={t("title")} says={t("unknown")} />;
  return (
    <article className="company">
      <Answered answer={answer} unknown={unknown}>
        {({ moment: { company, projects, subsidiaries, tickets, units } }) =>
          company === null ? (
            unknown
          ) : (
            <>
              <h1>
                {company.name ?? company.description} <small>{company.closed ? t("closed") : t("title")}</small>
              </h1>
              <Facts company={company} now={now} />
              <Increases company={company} />
              {subsidiaries.nodes.length === 0 ? null : (
                <>
                  <h2>{t("subsidiaries")}</h2>
                  <ul className="plain">
                    {subsidiaries.nodes.map((each) => (
                      <li key={each.entityId}>
                        <CompanyLink company={each} />
                      </li>
                    ))}
                  </ul>
                </>
              )}
              <h2>{t("projects")}</h2>
              <ProjectRows projects={whole(projects.nodes)} now={today && whole(today.projects.nodes)} />
              <h2>
                {t("tickets")}{" "}
                <Link to={`/tickets/new?about=company:${company.entityId}`} className="button">
                  {t("writeTicket")}
                </Link>
              </h2>
              <TicketRows tickets={whole(tickets.nodes)} now={today && whole(today.tickets.nodes)} />
              {company.published.length > 0 ? <h2>{t("published")}</h2> : null}
              <Printed items={company.published} />
              <h2>
                {t("history")}{" "}
                <small>
                  <Link to={`/record?of=${company.entityId}`}>{t("allEvents")}</Link>
                </small>
              </h2>
              <ChoicesProvider units={units?.nodes}>
                <History events={company.history.nodes} total={company.history.totalCount} />
              </ChoicesProvider>
            </>
          )
        }
      </Answered>
    </article>
  );
}

function Facts({ company, now }: { company: Company; now: Company | undefined }) {
  const t = useWords(WORDS);
  const listed = useListed();
  const say = useLabel();
  const money = (then: { text: string } | null, later: { text: string } | null | undefined) =>
    then === null && !later ? null : (
      <Differs then={then?.text ?? "–"} now={now && (later?.text ?? "–")} draw={(text) => text} />
    );
  const facts: readonly (readonly [string, ReactNode])[] = [
    [t("description"), company.name === null ? null : company.description],
    [t("aliases"), listed(company.aliases)],
    [t("country"), company.country],
    [t("creditCode"), company.creditCode],
    [
      t("unit"),
      company.unit && (
        <Link key="unit" to={`/board/units/${company.unit.code}`}>
          {say(company.unit.name)}
        </Link>
      ),
    ],
    [t("parent"), company.parent && <CompanyLink key="parent" company={company.parent} />],
    [t("settled"), company.settled?.text],
    [t("investment"), money(company.totalInvestment, now?.totalInvestment)],
    [t("registered"), money(company.registeredCapital, now?.registeredCapital)],
  ];
  const told = facts.filter(([, value]) => value !== null && value !== undefined && value !== "");
  if (told.length === 0) return null;
  return (
    <dl className="facts">
      {told.map(([name, value]) => (
        <div key={name} className="pair">
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Increases({ company }: { company: Company }) {
  const t = useWords(WORDS);
  if (company.increases.length === 0) return null;
  const amount = ({ total, registered }: Invested) => {
    if (total === null) return registered?.text ?? t("notStated");
    return registered === null ? total.text : t("both", { total: total.text, registered: registered.text });
  };
  return (
    <>
      <h2>{t("increases")}</h2>
      <ul className="plain">
        {company.increases.map(({ nounVersion, on, added, before, after }) => (
          <li key={nounVersion}>
            {on.text} {t("increase", { added: amount(added), before: amount(before), after: amount(after) })}
          </li>
        ))}
      </ul>
    </>
  );
}
