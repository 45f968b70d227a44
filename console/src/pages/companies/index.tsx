/** One company 企业: who it is, its capital, the projects that it builds and the tickets about it. */
import { useCompared } from "../../client/answer";
import { Link } from "../../client/place";
import { CompanyPageDocument, type CompanyPageQuery } from "../../generated/operations";
import { Beside, type Fact, FactsBeside } from "../../parts/Beside";
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
  const unknown = (
    <Unknown what={t("title")} says={t("unknown")} now={now && (now.name ?? now.description ?? t("title"))} />
  );
  return (
    <article className="company">
      <Answered answer={answer} unknown={unknown}>
        {({ moment: { company, projects, subsidiaries, tickets, units } }) =>
          company === null ? (
            unknown
          ) : (
            <>
              <h1>
                <Differs
                  then={company.name ?? company.description}
                  now={now && (now.name ?? now.description)}
                  draw={(name) => name}
                />{" "}
                <small>
                  <Differs
                    then={company.closed}
                    now={now?.closed}
                    draw={(closed) => (closed ? t("closed") : t("title"))}
                  />
                </small>
              </h1>
              <Facts company={company} now={now} />
              <Increases company={company} now={now} />
              {subsidiaries.nodes.length + (today?.subsidiaries.nodes.length ?? 0) === 0 ? null : (
                <>
                  <h2>{t("subsidiaries")}</h2>
                  <Beside
                    rows={subsidiaries.nodes}
                    now={today?.subsidiaries.nodes}
                    keyOf={({ entityId: subsidiary }) => subsidiary}
                  >
                    {(each) => <CompanyLink company={each} />}
                  </Beside>
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
              <Printed items={company.published} now={now?.published} heading={<h2>{t("published")}</h2>} />
              <h2>
                {t("history")}{" "}
                <small>
                  <Link to={`/record?of=${company.entityId}`}>{t("allEvents")}</Link>
                </small>
              </h2>
              <ChoicesProvider units={units?.nodes}>
                <History of={company.history} now={now?.history} />
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
  const factsOf = (of: Company): readonly Fact[] => [
    { name: t("description"), value: of.name === null ? null : of.description },
    { name: t("aliases"), value: listed(of.aliases) },
    { name: t("country"), value: of.country },
    { name: t("creditCode"), value: of.creditCode },
    {
      name: t("unit"),
      value: of.unit,
      drawn: of.unit && <Link to={`/board/units/${of.unit.code}`}>{say(of.unit.name)}</Link>,
    },
    { name: t("parent"), value: of.parent, drawn: of.parent && <CompanyLink company={of.parent} /> },
    { name: t("settled"), value: of.settled?.text },
    { name: t("investment"), value: of.totalInvestment?.text },
    { name: t("registered"), value: of.registeredCapital?.text },
  ];
  return <FactsBeside then={factsOf(company)} now={now && factsOf(now)} />;
}

function Increases({ company, now }: { company: Company; now: Company | undefined }) {
  const t = useWords(WORDS);
  if (company.increases.length + (now?.increases.length ?? 0) === 0) return null;
  const amount = ({ total, registered }: Invested) => {
    if (total === null) return registered?.text ?? t("notStated");
    return registered === null ? total.text : t("both", { total: total.text, registered: registered.text });
  };
  return (
    <>
      <h2>{t("increases")}</h2>
      <Beside rows={company.increases} now={now?.increases} keyOf={({ nounVersion }) => String(nounVersion)}>
        {({ on, added, before, after }) => (
          <>
            {on.text} {t("increase", { added: amount(added), before: amount(before), after: amount(after) })}
          </>
        )}
      </Beside>
    </>
  );
}
