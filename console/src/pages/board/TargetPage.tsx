/** One target: its pace over the year, its figures with what stood before corrections, its goals, its history. */
import { useCompared } from "../../client/answer";
import { Link } from "../../client/place";
import { TargetPageDocument } from "../../generated/operations";
import { Attachments, FilesHere } from "../../parts/Attachments";
import { ChoicesProvider, useAsksChoices } from "../../parts/choices";
import { Export } from "../../parts/Export";
import { History } from "../../parts/History";
import { Light } from "../../parts/Light";
import { Printed } from "../../parts/Printed";
import { Answered, Unknown } from "../../parts/Said";
import { instantText } from "../../words/dates";
import { useLabel, useWords } from "../../words/language";
import { goalText, PaceFacts, PaceLegend, usePaceSummary } from "./Pace";
import { PaceChart } from "./PaceChart";
import { WORDS } from "./words";

export function TargetPage({ entityId }: { entityId: string }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const summary = usePaceSummary();
  const choices = useAsksChoices("units");
  const answer = useCompared(TargetPageDocument, { entityId, choices });
  const now = answer.now?.moment.target ?? undefined;
  const unknown = <Unknown what={t("aTarget")} says={t("unknownTarget")} />;
  return (
    <article className="board target">
      <p className="back">
        <Link to="/board">{t("back")}</Link>
      </p>
      <Answered answer={answer} unknown={unknown}>
        {({ moment: { target, validOn } }) =>
          target === null ? (
            unknown
          ) : (
            <>
              <h1>
                {say(target.indicator.label)} <small>{t("year", { year: target.year })}</small>
              </h1>
              <p>
                <Link to={`/board/units/${target.unit?.code ?? ""}`}>{say(target.unit?.name)}</Link>{" "}
                <Light light={target.light} />
              </p>
              <div className="pace">
                <PaceLegend />
                <PaceChart target={target} now={now} today={validOn} summary={summary(target)} />
                <PaceFacts target={target} now={now} />
                <dl className="facts pace-facts">
                  <dt>{t("lastYear")}</dt>
                  <dd>{target.sameTimeLastYear === null ? "–" : target.sameTimeLastYear.text}</dd>
                  <dt>{t("yearOnYear")}</dt>
                  <dd>{target.yearOnYear?.text ?? "–"}</dd>
                </dl>
              </div>
              {target.published.length > 0 ? <h2>{t("published")}</h2> : null}
              <Printed items={target.published} />
              <h2>{t("figures")}</h2>
              <Export table="figures" having={{ target_id: target.entityId }} />
              <table className="list" aria-label={t("figures")}>
                <thead>
                  <tr>
                    <th scope="col">{t("throughDay")}</th>
                    <th scope="col">{t("value")}</th>
                    <th scope="col">{t("note")}</th>
                  </tr>
                </thead>
                <tbody>
                  {target.figures.map((figure) => {
                    const earlier = target.figuresBeforeCorrection.filter(
                      (once) => once.factVersion === figure.factVersion,
                    );
                    return (
                      <tr key={figure.factVersion}>
                        <th scope="row" data-label={t("throughDay")}>
                          {figure.through}
                        </th>
                        <td data-label={t("value")}>{figure.value.text}</td>
                        <td data-label={t("note")}>
                          <FilesHere of={{ through: figure.through }} files={target.attachments} />
                          {earlier.map((once) => (
                            <span key={once.until} className="printed-figure">
                              <del>{once.value.text}</del>{" "}
                              <Link to={`/record/${once.until}`}>{t("readUntil", { position: once.until })}</Link>
                            </span>
                          ))}
                        </td>
                      </tr>
                    );
                  })}
                </tbody>
              </table>
              <h2>{t("goals")}</h2>
              <ul className="plain">
                {target.goals.map((stated) => (
                  <li key={stated.nounVersion}>
                    <time dateTime={stated.decidedAt}>{instantText(stated.decidedAt)}</time> {goalText(stated.goal)}{" "}
                    {stated.reason ? <span className="hint">{stated.reason}</span> : null}
                  </li>
                ))}
              </ul>
              <ChoicesProvider units={answer.data?.moment.units?.nodes}>
                <Attachments
                  attached={target.attachments}
                  now={now?.attachments}
                  mayAttach={target.mayAttach}
                  to={{ target: target.entityId }}
                  parts={target.figures.map(({ through }) => ({
                    name: t("figureThrough", { day: through }),
                    to: { through },
                    mayAttach: target.mayAttach,
                  }))}
                  events={target.history.nodes}
                />
                <h2>{t("history")}</h2>
                <History events={target.history.nodes} total={target.history.totalCount} />
              </ChoicesProvider>
            </>
          )
        }
      </Answered>
    </article>
  );
}
