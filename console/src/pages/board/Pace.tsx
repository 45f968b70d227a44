/** One indicator of a unit: its light and why, its pace by months and by days, what was published beside what is computed. */
import { Link } from "../../client/place";
import type { TargetPaceFragment } from "../../generated/operations";
import { Differs } from "../../parts/Differs";
import { LightBeside } from "../../parts/Light";
import { Change, classOf, type Side } from "../../parts/sides";
import { useLabel, useListed, useWords } from "../../words/language";
import { PaceChart } from "./PaceChart";
import { pointsAhead } from "./pace";
import { WORDS } from "./words";

type Pace = TargetPaceFragment;

/** `58.15%`, or `58.15%–58.25%` where the goal is an interval. */
export function attainmentText({ attainmentBetween: between }: Pick<Pace, "attainmentBetween">): string {
  if (between === null) return "–";
  const { least, most } = between;
  return least.percent === most.percent ? `${least.percent}%` : `${least.percent}%–${most.percent}%`;
}

/** The goal as it was stated, or its interval. */
export function goalText(goal: Pace["goal"]): string {
  if (goal === null) return "–";
  return goal.value === null ? `${goal.low?.text ?? "–"} – ${goal.high?.text ?? "–"}` : goal.value.text;
}

/** How far it is ahead of a schedule or behind it, in words. */
export function useAheadText() {
  const t = useWords(WORDS);
  return (target: Pace, schedule: { percent: string } | null): string => {
    if (target.attainmentBetween === null || schedule === null) return "";
    const { least, most } = target.attainmentBetween;
    const [low, high] = [pointsAhead(least.percent, schedule.percent), pointsAhead(most.percent, schedule.percent)];
    if (high < 0) {
      const [near, far] = [(-high).toFixed(2), (-low).toFixed(2)];
      return t("behindBy", { points: near === far ? near : `${near}–${far}` });
    }
    if (low >= 0) {
      const [near, far] = [low.toFixed(2), high.toFixed(2)];
      return t("aheadBy", { points: near === far ? near : `${near}–${far}` });
    }
    return t("aheadOrBehind", { low: (-low).toFixed(2), high: high.toFixed(2) });
  };
}

export function usePaceSummary() {
  const t = useWords(WORDS);
  const say = useLabel();
  const ahead = useAheadText();
  return (target: Pace): string => {
    const name = say(target.indicator.label);
    if (target.through === null) return t("summaryNone", { name });
    return t("summary", {
      name,
      day: target.through,
      attainment: attainmentText(target),
      schedule: target.schedule?.percent ?? "–",
      ahead: ahead(target, target.schedule),
    });
  };
}

export function PaceFacts({ target, now }: { target: Pace; now?: Pace | undefined }) {
  const t = useWords(WORDS);
  const listed = useListed();
  const ahead = useAheadText();
  const figure = (of: Pace) => {
    const last = of.figures.at(-1);
    return last === undefined ? t("noFigure") : `${last.value.text}${t("through", { day: last.through })}`;
  };
  const ratesOf = ({ published }: Pace) =>
    listed(published.filter(({ kind }) => kind === "RATE").map(({ printed }) => printed));
  const byMonths = (of: Pace) =>
    of.schedule === null ? "–" : `${t("byMonths")} ${of.schedule.percent}% · ${ahead(of, of.schedule)}`;
  const byDays = (of: Pace) =>
    of.schedule === null || of.scheduleByDays === null
      ? ""
      : `${t("byDays")} ${of.scheduleByDays.percent}% · ${ahead(of, of.scheduleByDays)}`;
  const inferred = (of: Pace) => (of.goal?.basis === "INFERRED" ? t("inferred") : "");
  return (
    <dl className="facts pace-facts">
      <dt>{t("attainment")}</dt>
      <dd>
        <strong>
          <Differs then={attainmentText(target)} now={now && attainmentText(now)} draw={String} />
        </strong>
        {ratesOf(target) || (now && ratesOf(now)) ? (
          <span className="beside">
            {t("published")}{" "}
            <strong>
              <Differs then={ratesOf(target)} now={now && ratesOf(now)} draw={String} />
            </strong>
          </span>
        ) : null}
      </dd>
      <dt>{t("schedule")}</dt>
      <dd>
        <span>
          <Differs then={byMonths(target)} now={now && byMonths(now)} draw={String} />
        </span>
        {byDays(target) || (now && byDays(now)) ? (
          <span className="beside">
            <Differs then={byDays(target)} now={now && byDays(now)} draw={String} />
          </span>
        ) : null}
      </dd>
      <dt>{t("figure")}</dt>
      <dd>
        <Differs then={figure(target)} now={now && figure(now)} draw={String} />
      </dd>
      <dt>{t("goal")}</dt>
      <dd>
        <Differs then={goalText(target.goal)} now={now && goalText(now.goal)} draw={String} />
        {inferred(target) || (now && inferred(now)) ? (
          <small className="hint">
            {" "}
            <Differs then={inferred(target)} now={now && inferred(now)} draw={String} />
          </small>
        ) : null}
      </dd>
      {target.pastHalf === null && (now?.pastHalf ?? null) === null ? null : (
        <>
          <dt>{t("pastHalf")}</dt>
          <dd>
            <Differs
              then={target.pastHalf}
              now={now?.pastHalf}
              draw={(half) => (half === null ? "–" : t(half ? "pastHalfYes" : "pastHalfNo"))}
            />
          </dd>
        </>
      )}
    </dl>
  );
}

export function PaceCard({
  side: { row: target, now, change },
  today,
}: {
  side: Side<Pace>;
  /** The day of the moment that the target is of. */
  today: string;
}) {
  const t = useWords(WORDS);
  const say = useLabel();
  const summary = usePaceSummary();
  const corrected = ({ figuresBeforeCorrection: { length: count } }: Pace) =>
    count > 0 ? t("corrections", { count }) : "";
  return (
    <article className={["pace", classOf({ change })].filter(Boolean).join(" ")}>
      <header>
        <h3>
          <Link to={`/board/targets/${target.entityId}`}>{say(target.indicator.label)}</Link>
        </h3>
        <LightBeside then={target.light} now={now?.light} />
        <Change of={change} />
      </header>
      <PaceChart target={target} now={now} today={today} summary={summary(target)} />
      <PaceFacts target={target} now={now} />
      {corrected(target) || (now && corrected(now)) ? (
        <p className="hint">
          <Differs then={corrected(target)} now={now && corrected(now)} draw={String} />
        </p>
      ) : null}
    </article>
  );
}

/** What the lines and marks of the charts are. */
export function PaceLegend() {
  const t = useWords(WORDS);
  const kinds = ["reached", "schedule", "before", "printed"] as const;
  const words = {
    reached: "attainment",
    schedule: "scheduleLine",
    before: "beforeCorrection",
    printed: "published",
  } as const;
  return (
    <ul className="legend">
      {kinds.map((kind) => (
        <li key={kind}>
          <svg className="pace-chart" viewBox="0 0 26 12" width="26" height="12" aria-hidden="true">
            {kind === "printed" ? (
              <path className="printed" d="M13 0l6 6l-6 6l-6 -6z" />
            ) : kind === "before" ? (
              <g className="before">
                <path d="M2 6h22" />
                <circle cx="13" cy="6" r="3.2" />
              </g>
            ) : (
              <path className={kind} d={kind === "reached" ? "M1 10H13V3H25" : "M1 11L25 1"} />
            )}
          </svg>
          {t(words[kind])}
        </li>
      ))}
    </ul>
  );
}
