/** One supervision list: its rate as computed beside as published, and its members, also those that were removed. */
import { useCompared } from "../../client/answer";
import { Link } from "../../client/place";
import { SupervisionListDocument } from "../../generated/operations";
import { Differs } from "../../parts/Differs";
import { Export } from "../../parts/Export";
import { Light } from "../../parts/Light";
import { Printed } from "../../parts/Printed";
import { Answered, Unknown } from "../../parts/Said";
import { useLabel, useWords } from "../../words/language";
import { WORDS } from "./words";

const MEMBERS = 200;

export function ListPage({ entityId }: { entityId: string }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const answer = useCompared(SupervisionListDocument, { entityId, current: null, first: MEMBERS });
  const now = answer.now?.moment.supervisionList;
  const unknown = <Unknown what={t("aList")} says={t("unknownList")} />;
  return (
    <article className="board">
      <p className="back">
        <Link to="/board">{t("back")}</Link>
      </p>
      <Answered answer={answer} unknown={unknown}>
        {({ moment: { supervisionList: list } }) =>
          list === null ? (
            unknown
          ) : (
            <>
              <h1>
                {say(list.programme)} · {say(list.dutyLabel)}{" "}
                <small>{list.year === null ? list.period?.text : t("year", { year: list.year })}</small>
              </h1>
              <dl className="facts">
                <dt>{t("listed")}</dt>
                <dd>
                  {list.countStated ?? "–"} · {t("known")} {list.membersKnown}
                </dd>
                <dt>{t("done")}</dt>
                <dd>
                  <Differs then={list.done} now={now?.done} draw={String} />
                </dd>
                <dt>{t("rate")}</dt>
                <dd>
                  <Differs
                    then={list.rate?.text ?? null}
                    now={now && (now.rate?.text ?? null)}
                    draw={(rate) => rate ?? t("notComputed")}
                  />
                </dd>
                <dt>{t("rule")}</dt>
                <dd>{list.rule?.edition ?? "–"}</dd>
              </dl>
              {list.published.length > 0 ? <h2>{t("published")}</h2> : null}
              <Printed items={list.published} />
              <Export table="memberships" having={{ of: list.entityId }} />
              <h2>
                {t("members")}{" "}
                <small>
                  <Link to={`/projects?list=${list.entityId}&outstanding=yes`}>{t("outstanding")}</Link>
                </small>
              </h2>
              {list.members.nodes.length === 0 ? (
                <p className="hint">{t("none")}</p>
              ) : (
                <table className="list" aria-label={t("members")}>
                  <thead>
                    <tr>
                      <th scope="col">{t("project")}</th>
                      <th scope="col">{t("light")}</th>
                      <th scope="col">{t("stage")}</th>
                      <th scope="col">{t("entered")}</th>
                      <th scope="col">{t("due")}</th>
                      <th scope="col">{t("note")}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {list.members.nodes.map(({ project, entered, left, due, reason }) => (
                      <tr key={`${project?.entityId} ${entered.text}`}>
                        <th scope="row" data-label={t("project")} className="wide">
                          {project === null ? "–" : <Link to={`/projects/${project.entityId}`}>{project.name}</Link>}
                        </th>
                        <td data-label={t("light")}>{project === null ? null : <Light light={project.light} />}</td>
                        <td data-label={t("stage")}>{say(project?.stageLabel)}</td>
                        <td data-label={t("entered")}>{entered.text}</td>
                        <td data-label={t("due")}>{due}</td>
                        <td data-label={t("note")}>
                          {left === null ? null : `${t("removed", { day: left.text })}${reason ? ` · ${reason}` : ""}`}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              )}
            </>
          )
        }
      </Answered>
    </article>
  );
}
