/** Supervision lists 专项督查: rates as computed beside as published, and the projects whose duty is outstanding. */
import { Link } from "../../client/place";
import type { BoardQuery } from "../../generated/operations";
import { Beside } from "../../parts/Beside";
import { Differs } from "../../parts/Differs";
import { ProjectRows } from "../../parts/Rows";
import { Change, classOf, type Side, sidesOf } from "../../parts/sides";
import { useLabel, useWords } from "../../words/language";
import { WORDS } from "./words";

type Moment = BoardQuery["moment"];
type List = Moment["supervisionLists"]["nodes"][number];
type Outstanding = Moment["outstanding"]["nodes"];
type Open = Outstanding[number]["supervision"][number];

/** What is due first of each project. */
function dueOf(outstanding: Outstanding): ReadonlyMap<string, Open | undefined> {
  return new Map(
    outstanding.map(({ entityId, supervision }) => {
      const open = supervision.filter(({ current, due }) => current && due !== null);
      const first = open.toSorted((one, other) => ((one.due ?? "") < (other.due ?? "") ? -1 : 1))[0];
      return [entityId, first] as const;
    }),
  );
}

export function Supervision({ moment, now }: { moment: Moment; now: Moment | undefined }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const { supervisionLists: lists, outstanding } = moment;
  const sides = sidesOf(lists, now?.supervisionLists, ({ entityId }) => entityId);
  const due = dueOf(outstanding.nodes);
  const dueNow = now && dueOf(now.outstanding.nodes);
  const said = (open: Open | undefined) =>
    open?.due ? t("dueOn", { duty: say(open.supervisionList?.dutyLabel), day: open.due }) : "";
  return (
    <>
      {sides.length === 0 ? (
        <p className="hint">{t("none")}</p>
      ) : (
        <table className="list" aria-label={t("supervision")}>
          <thead>
            <tr>
              <th scope="col">{t("supervision")}</th>
              <th scope="col">{t("listed")}</th>
              <th scope="col">{t("done")}</th>
              <th scope="col">{t("computed")}</th>
              <th scope="col">{t("published")}</th>
            </tr>
          </thead>
          <tbody>
            {sides.map((side) => (
              <ListRow key={side.key} side={side} />
            ))}
          </tbody>
        </table>
      )}
      <h3>
        {t("outstanding")}{" "}
        <Link to="/projects?outstanding=yes">
          <Differs
            then={outstanding.totalCount}
            now={now?.outstanding.totalCount}
            draw={(count) => t("all", { count })}
          />
        </Link>
      </h3>
      <ProjectRows
        projects={outstanding}
        now={now?.outstanding}
        more={({ entityId }) => said(due.get(entityId))}
        moreNow={({ entityId }) => said(dueNow?.get(entityId))}
      />
    </>
  );
}

function ListRow({ side: { row: list, now, change } }: { side: Side<List> }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const titleOf = (of: List) => `${say(of.programme)} · ${say(of.dutyLabel)}`;
  const listedOf = ({ countStated, membersKnown }: List) => ({ countStated, membersKnown });
  return (
    <tr className={classOf({ change })}>
      <th scope="row" data-label={t("supervision")} className="wide">
        <span>
          <Link to={`/board/lists/${list.entityId}`}>
            <Differs then={titleOf(list)} now={now && titleOf(now)} draw={String} />
          </Link>{" "}
          {list.year === null ? null : <small>{t("year", { year: list.year })}</small>}
          {list.basis === "ILLUSTRATED" ? <small className="hint"> {t("illustrated")}</small> : null}
          <Change of={change} />
        </span>
      </th>
      <td data-label={t("listed")}>
        <span>
          <Differs
            then={listedOf(list)}
            now={now && listedOf(now)}
            draw={({ countStated, membersKnown }) => (
              <>
                {countStated ?? membersKnown}
                {countStated !== null && countStated !== membersKnown ? (
                  <small className="hint">
                    {" "}
                    {t("known")} {membersKnown}
                  </small>
                ) : null}
              </>
            )}
          />
        </span>
      </td>
      <td data-label={t("done")}>
        <Differs
          then={list.rate === null ? null : list.done}
          now={now && (now.rate === null ? null : now.done)}
          draw={(done) => done ?? "–"}
        />
      </td>
      <td data-label={t("computed")}>
        <Differs
          then={list.rate?.text ?? null}
          now={now && (now.rate?.text ?? null)}
          draw={(rate) => rate ?? <small className="hint">{t("notComputed")}</small>}
        />
      </td>
      <td data-label={t("published")}>
        <Beside
          rows={list.published}
          now={now?.published}
          keyOf={({ label, printed }) => `${label.zh} ${printed}`}
          classOfRow={() => "printed-figure"}
        >
          {({ label, printed, computed }) => (
            <>
              {say(label)} <strong>{printed}</strong>
              {computed === null ? null : (
                <small className="hint">
                  {" "}
                  {t("computed")} {computed.text}
                </small>
              )}
            </>
          )}
        </Beside>
      </td>
    </tr>
  );
}
