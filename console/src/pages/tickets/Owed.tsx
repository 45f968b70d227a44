/** What is owed on a ticket: what, by whom, until when, and how near that is. */
import { Differs } from "../../parts/Differs";
import { type InBoth, useLabel, useWords } from "../../words/language";
import { dueOf } from "./due";
import { WORDS } from "./words";

export interface OwedOne {
  readonly what: string;
  readonly label: InBoth;
  readonly lastDay: string | null;
  readonly overdue: boolean;
  readonly unit: { readonly code: string; readonly name?: InBoth } | null;
}

/** Where something is owed, or was: what of then, beside it what is owed now where that differs. Each is as near as on its own day. */
export function OwedBeside({
  then,
  now,
  today,
  dayNow,
}: {
  then: readonly OwedOne[];
  now: readonly OwedOne[] | undefined;
  today: string;
  dayNow: string | undefined;
}) {
  const t = useWords(WORDS);
  const dayOfSide = (owed: readonly OwedOne[]) => (owed === now ? (dayNow ?? today) : today);
  return (
    <Differs
      then={then}
      now={now}
      tellsOf={(owed) => owed.map((each) => [each, dueOf(each.lastDay, dayOfSide(owed), each.overdue)])}
      block
      draw={(owed) => (owed.length === 0 ? t("nothingOwed") : <Owed owed={owed} today={dayOfSide(owed)} />)}
    />
  );
}

/** The lines of what is owed; `today` is the day of the moment's clock. */
export function Owed({ owed, today }: { owed: readonly OwedOne[]; today: string }) {
  const t = useWords(WORDS);
  const say = useLabel();
  if (owed.length === 0) return null;
  return (
    <ul className="owed">
      {owed.map((each) => {
        const { says, days } = dueOf(each.lastDay, today, each.overdue);
        const who = each.unit?.name === undefined ? "" : say(each.unit.name);
        return (
          <li
            key={`${each.what} ${each.unit?.code ?? ""} ${each.lastDay ?? ""}`}
            className={each.overdue ? "overdue" : undefined}
          >
            <strong>{say(each.label)}</strong>
            {who === "" ? null : <span className="by">{who}</span>}
            {says === "noDay" ? null : (
              <span className="until">
                <time dateTime={each.lastDay ?? undefined}>{each.lastDay}</time> {t(says, { days })}
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}
