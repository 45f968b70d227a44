/** Attainment over a year as a step line, beside the schedule by months; corrected figures keep their old step, dashed. */
import type { TargetPaceFragment } from "../../generated/operations";
import { useWords } from "../../words/language";
import { type Reached, reached, scheduleByMonths, shareOfYear, stepLine, topOf } from "./pace";
import { WORDS } from "./words";

/** The ends of quarters, by month. */
const QUARTERS = [3, 6, 9, 12] as const;
const WIDTH = 420;
const HEIGHT = 214;
const LEFT = 38;
const RIGHT = 10;
const TOP = 10;
const BOTTOM = 24;
/** An interval of goals that is narrower than this, in points, is drawn as one line. */
const VISIBLE_POINTS = 0.6;

const middle = ({ least, most }: Reached) => (least + most) / 2;

/** What a target printed as a rate: where to draw it, and what stood there. */
export function printedRates(target: TargetPaceFragment) {
  return target.published.flatMap(({ id, kind, printed, asOf, value }) =>
    kind === "RATE" && value?.unit === "percent" && asOf?.latest
      ? [{ id, printed, day: asOf.latest, percent: Number(value.amount) }]
      : [],
  );
}

export function PaceChart({
  target,
  now,
  today,
  summary,
}: {
  target: TargetPaceFragment;
  /** The same target now, where it is compared. */
  now?: TargetPaceFragment | undefined;
  /** The day of the moment. */
  today: string;
  /** What the drawing shows, in words. */
  summary: string;
}) {
  const t = useWords(WORDS);
  const { year } = target;
  const points = reached(target.figures, target.goal);
  const before = reached(target.figuresBeforeCorrection, target.goal);
  const later = now === undefined ? [] : reached(now.figures, now.goal);
  const printed = printedRates(target);
  const top = topOf(
    [...points, ...before, ...later].map(({ most }) => most).concat(printed.map((each) => each.percent)),
  );

  const x = (share: number) => LEFT + share * (WIDTH - LEFT - RIGHT);
  const y = (percent: number) => HEIGHT - BOTTOM - (percent / top) * (HEIGHT - TOP - BOTTOM);
  const on = (day: string) => x(shareOfYear(year, day));
  const path = (line: readonly (readonly [number, number])[]) =>
    line
      .map(([share, percent], index) => `${index === 0 ? "M" : "L"}${x(share).toFixed(1)} ${y(percent).toFixed(1)}`)
      .join("");
  const clock = shareOfYear(year, today);
  const steps = (those: readonly Reached[], of: (each: Reached) => number) =>
    path(
      stepLine(
        those.map((each) => ({ at: shareOfYear(year, each.through), percent: of(each) })),
        clock,
      ),
    );

  const marks = Array.from({ length: top / 25 + 1 }, (_, index) => index * 25);
  const last = points.at(-1);
  const wide = points.some(({ least, most }) => most - least > VISIBLE_POINTS);
  const days = new Map(points.map((each) => [each.factVersion, each]));
  return (
    <svg className="pace-chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={summary}>
      {marks.map((percent) => (
        <g key={percent} className="grid">
          <line x1={LEFT} x2={WIDTH - RIGHT} y1={y(percent)} y2={y(percent)} />
          <text x={LEFT - 5} y={y(percent) + 3.5} textAnchor="end">
            {percent}%
          </text>
        </g>
      ))}
      {QUARTERS.map((month) => (
        <text
          key={month}
          className="month"
          x={x(month / 12)}
          y={HEIGHT - 7}
          textAnchor={month === 12 ? "end" : "middle"}
        >
          {t(`monthEnd${month}`)}
        </text>
      ))}
      <path className="half" d={`M${on(`${year}-06-30`)} ${y(0)}V${y(50)}H${x(0)}`} />
      <path className="schedule" d={path(scheduleByMonths(year).map(({ at, percent }) => [at, percent] as const))} />
      {clock > 0 && clock < 1 ? <line className="clock" x1={x(clock)} x2={x(clock)} y1={y(0)} y2={TOP} /> : null}
      {wide ? (
        <>
          <path className="edge" d={steps(points, ({ least }) => least)} />
          <path className="edge" d={steps(points, ({ most }) => most)} />
        </>
      ) : null}
      {later.length > 0 ? <path className="reached today" d={steps(later, middle)} /> : null}
      <path className="reached" d={steps(points, middle)} />
      {before.map((once) => {
        const reads = days.get(once.factVersion);
        const height = y(middle(once));
        return (
          <g key={`${once.factVersion} ${once.through} ${once.most}`} className="before">
            <path d={`M${on(once.through)} ${height}h14`} />
            {reads === undefined ? null : (
              <path d={`M${on(once.through)} ${height}L${on(reads.through)} ${y(middle(reads))}`} />
            )}
            <circle cx={on(once.through)} cy={height} r="3.2" />
          </g>
        );
      })}
      {points.map((each) => (
        <circle
          key={each.factVersion}
          className="figure"
          cx={on(each.through)}
          cy={y(middle(each))}
          r={each === last ? 4 : 2.8}
        >
          <title>{`${each.through} ${middle(each).toFixed(1)}%`}</title>
        </circle>
      ))}
      {printed.map(({ id, day, percent, printed: text }) => (
        <path key={id} className="printed" d={`M${on(day)} ${y(percent) - 6}l6 6l-6 6l-6 -6z`}>
          <title>{`${t("published")} ${text}`}</title>
        </path>
      ))}
    </svg>
  );
}
