/** The line beneath a scoreboard of what none of its lines counts. */
import { Link } from "../../client/place";
import { Differs } from "../../parts/Differs";
import { LightCounts } from "../../parts/LightCounts";
import { type Others, total } from "../../parts/lights";
import { Change, classOf, type Side } from "../../parts/sides";
import { useLabel, useWords } from "../../words/language";
import { WORDS } from "./words";

type Word = keyof typeof WORDS;

const countOf = ({ units }: Others, code: string) => units.find((unit) => unit.code === code)?.count ?? 0;

/** What there was nothing of, and is now, came since; what there was, and is no more, left. */
function changeOf(then: number, now: number): Side<unknown>["change"] {
  if (then === 0 && now > 0) return "cameSince";
  return then > 0 && now === 0 ? "leftSince" : null;
}

function classOfOther(then: number, now: number | undefined): string {
  return ["other", now === undefined ? undefined : classOf({ change: changeOf(then, now) })].filter(Boolean).join(" ");
}

/** What no line of the table counts, so that its lines add up to the sums above; left out where there is nothing of it. */
export function OthersRow({
  others,
  now,
  what,
  nobodys,
  lights,
  columns,
}: {
  others: Others;
  now: Others | undefined;
  what: Word;
  nobodys: Word;
  lights: Word;
  columns: readonly Word[];
}) {
  const t = useWords(WORDS);
  const say = useLabel();
  if (total(others.counts) + total(now?.counts ?? {}) === 0) return null;
  const change = now === undefined ? null : changeOf(total(others.counts), total(now.counts));
  const nobody = { once: others.nobodys, today: now?.nobodys };
  const named = [...new Map([...others.units, ...(now?.units ?? [])].map((unit) => [unit.code, unit])).values()];
  return (
    <tr className={classOf({ change })}>
      <th scope="row" data-label={t("unit")}>
        <span>
          {t("others")}
          <Change of={change} />
        </span>
      </th>
      <td data-label={t("why")}>
        <span className="hint">
          {named.map(({ code, name }) => (
            <span key={code} className={classOfOther(countOf(others, code), now && countOf(now, code))}>
              <Link to={`/board/units/${code}`}>{say(name)}</Link>{" "}
              <Differs then={countOf(others, code)} now={now && countOf(now, code)} draw={String} />
            </span>
          ))}
          {others.nobodys + (now?.nobodys ?? 0) === 0 ? null : (
            <span className={classOfOther(nobody.once, nobody.today)}>
              {t(nobodys)} <Differs then={nobody.once} now={nobody.today} draw={String} />
            </span>
          )}
        </span>
      </td>
      <td data-label={t(lights)}>
        <LightCounts counts={others.counts} now={now?.counts} of={`${t("others")} · ${t(what)}`} />
      </td>
      {columns.map((column) => (
        <td key={column} data-label={t(column)}>
          <span className="none">–</span>
        </td>
      ))}
    </tr>
  );
}
