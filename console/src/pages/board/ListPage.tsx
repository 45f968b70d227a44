/** One supervision list: its rate as computed beside as published, and its members, also those that were removed. */
import { useCompared } from "../../client/answer";
import { Link } from "../../client/place";
import { SupervisionListDocument, type SupervisionListQuery } from "../../generated/operations";
import { type Fact, FactsBeside } from "../../parts/Beside";
import { Differs } from "../../parts/Differs";
import { Export } from "../../parts/Export";
import { LightBeside } from "../../parts/Light";
import { Printed } from "../../parts/Printed";
import { Answered, Unknown } from "../../parts/Said";
import { Change, classOf, type Side, sidesOf } from "../../parts/sides";
import { useLabel, useWords } from "../../words/language";
import { WORDS } from "./words";

const MEMBERS = 200;

type List = NonNullable<SupervisionListQuery["moment"]["supervisionList"]>;
type Member = List["members"]["nodes"][number];

export function ListPage({ entityId }: { entityId: string }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const answer = useCompared(SupervisionListDocument, { entityId, current: null, first: MEMBERS });
  const now = answer.now?.moment.supervisionList ?? undefined;
  const factsOf = (of: List): readonly Fact[] => [
    { name: t("listed"), value: `${of.countStated ?? "–"} · ${t("known")} ${of.membersKnown}` },
    { name: t("done"), value: of.done },
    { name: t("rate"), value: of.rate?.text ?? t("notComputed") },
    { name: t("rule"), value: of.rule?.edition ?? "–" },
  ];
  const titleOf = (of: List) => `${say(of.programme)} · ${say(of.dutyLabel)}`;
  const spanOf = (of: List) => (of.year === null ? (of.period?.text ?? "") : t("year", { year: of.year }));
  const unknown = <Unknown what={t("aList")} says={t("unknownList")} now={now && titleOf(now)} />;
  return (
    <article className="board">
      <p className="back">
        <Link to="/board">{t("back")}</Link>
      </p>
      <Answered answer={answer} unknown={unknown}>
        {({ moment: { supervisionList: list } }) => {
          if (list === null) return unknown;
          const members = sidesOf(list.members, now?.members, memberOf);
          return (
            <>
              <h1>
                <Differs then={titleOf(list)} now={now && titleOf(now)} draw={String} />{" "}
                <small>
                  <Differs then={spanOf(list)} now={now && spanOf(now)} draw={String} />
                </small>
              </h1>
              <FactsBeside then={factsOf(list)} now={now && factsOf(now)} />
              <Printed items={list.published} now={now?.published} heading={<h2>{t("published")}</h2>} />
              <Export table="memberships" having={{ of: list.entityId }} />
              <h2>
                {t("members")}{" "}
                <small>
                  <Link to={`/projects?list=${list.entityId}&outstanding=yes`}>{t("outstanding")}</Link>
                </small>
              </h2>
              {members.length === 0 ? (
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
                    {members.map((side) => (
                      <MemberRow key={side.key} side={side} />
                    ))}
                  </tbody>
                </table>
              )}
            </>
          );
        }}
      </Answered>
    </article>
  );
}

/** A project may come onto a list again, on another day. */
function memberOf({ project, entered }: Member): string {
  return `${project?.entityId} ${entered.text}`;
}

function MemberRow({ side: { row, now, change } }: { side: Side<Member> }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const noteOf = ({ left, reason }: Member) =>
    left === null ? "" : `${t("removed", { day: left.text })}${reason ? ` · ${reason}` : ""}`;
  const { project, entered } = row;
  return (
    <tr className={classOf({ change })}>
      <th scope="row" data-label={t("project")} className="wide">
        <span>
          {project === null ? "–" : <Link to={`/projects/${project.entityId}`}>{project.name}</Link>}
          <Change of={change} />
        </span>
      </th>
      <td data-label={t("light")}>
        {project === null ? null : <LightBeside then={project.light} now={now?.project?.light} />}
      </td>
      <td data-label={t("stage")}>
        <Differs then={say(project?.stageLabel)} now={now && say(now.project?.stageLabel)} draw={String} />
      </td>
      <td data-label={t("entered")}>{entered.text}</td>
      <td data-label={t("due")}>
        <Differs then={row.due ?? ""} now={now && (now.due ?? "")} draw={String} />
      </td>
      <td data-label={t("note")}>
        <Differs then={noteOf(row)} now={now && noteOf(now)} draw={String} />
      </td>
    </tr>
  );
}
