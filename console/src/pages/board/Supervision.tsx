/** Supervision lists 专项督查: rates as computed beside as published, and the projects whose duty is outstanding. */
import { Link } from "../../client/place";
import type { BoardQuery } from "../../generated/operations";
import { Differs } from "../../parts/Differs";
import { ProjectRows } from "../../parts/Rows";
import { useLabel, useWords } from "../../words/language";
import { WORDS } from "./words";

type Moment = BoardQuery["moment"];

export function Supervision({ moment, now }: { moment: Moment; now: Moment | undefined }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const { supervisionLists: lists, outstanding } = moment;
  const dueOf = new Map(
    outstanding.nodes.map(({ entityId, supervision }) => {
      const open = supervision.filter(({ current, due }) => current && due !== null);
      const first = open.toSorted((one, other) => ((one.due ?? "") < (other.due ?? "") ? -1 : 1))[0];
      return [entityId, first] as const;
    }),
  );
  return (
    <>
      {lists.nodes.length === 0 ? (
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
            {lists.nodes.map((list) => {
              const later = now?.supervisionLists.nodes.find((each) => each.entityId === list.entityId);
              return (
                <tr key={list.entityId}>
                  <th scope="row" data-label={t("supervision")} className="wide">
                    <span>
                      <Link to={`/board/lists/${list.entityId}`}>
                        {say(list.programme)} · {say(list.dutyLabel)}
                      </Link>{" "}
                      {list.year === null ? null : <small>{t("year", { year: list.year })}</small>}
                      {list.basis === "ILLUSTRATED" ? <small className="hint"> {t("illustrated")}</small> : null}
                    </span>
                  </th>
                  <td data-label={t("listed")}>
                    <span>
                      {list.countStated ?? list.membersKnown}
                      {list.countStated !== null && list.countStated !== list.membersKnown ? (
                        <small className="hint">
                          {" "}
                          {t("known")} {list.membersKnown}
                        </small>
                      ) : null}
                    </span>
                  </td>
                  <td data-label={t("done")}>
                    <Differs
                      then={list.rate === null ? null : list.done}
                      now={later && (later.rate === null ? null : later.done)}
                      draw={(done) => done ?? "–"}
                    />
                  </td>
                  <td data-label={t("computed")}>
                    <Differs
                      then={list.rate?.text ?? null}
                      now={later && (later.rate?.text ?? null)}
                      draw={(rate) => rate ?? <small className="hint">{t("notComputed")}</small>}
                    />
                  </td>
                  <td data-label={t("published")}>
                    <span>
                      {list.published.map(({ id, label, printed, computed }) => (
                        <span key={id} className="printed-figure">
                          {say(label)} <strong>{printed}</strong>
                          {computed === null ? null : (
                            <small className="hint">
                              {" "}
                              {t("computed")} {computed.text}
                            </small>
                          )}
                        </span>
                      ))}
                    </span>
                  </td>
                </tr>
              );
            })}
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
        more={({ entityId }) => {
          const open = dueOf.get(entityId);
          return open?.due ? t("dueOn", { duty: say(open.supervisionList?.dutyLabel), day: open.due }) : "";
        }}
      />
    </>
  );
}
