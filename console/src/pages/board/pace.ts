/** Pace 进度: where figures stand between zero and the goal, over the days of a year. Numbers for drawing; what is read comes from the server. */
import type { TargetPaceFragment } from "../../generated/operations";

type Figure = {
  readonly money: { readonly base: string } | null;
  readonly quantity: { readonly amount: string } | null;
};

/** A share of the goal at a day: two values where the goal is an interval. In percent. */
export interface Reached {
  readonly factVersion: number;
  readonly through: string;
  readonly least: number;
  readonly most: number;
}

/** The amount of a figure, as a number for drawing. */
export function amountOf(figure: Figure | null | undefined): number | null {
  const text = figure?.money?.base ?? figure?.quantity?.amount;
  return text === undefined ? null : Number(text);
}

/** Both ends of a goal, the higher first: the same figure is less of a higher goal. */
function goalOf(goal: TargetPaceFragment["goal"]): { high: number; low: number } | null {
  const value = amountOf(goal?.value);
  const low = value ?? amountOf(goal?.low);
  const high = value ?? amountOf(goal?.high);
  return low === null || high === null || low <= 0 || high <= 0 ? null : { high, low };
}

/** How much of a goal figures came to, in the order of their days; nothing without a goal. */
export function reached(
  figures: readonly { readonly factVersion: number; readonly through: string; readonly value: Figure }[],
  goal: TargetPaceFragment["goal"],
): readonly Reached[] {
  const ends = goalOf(goal);
  if (ends === null) return [];
  return figures
    .flatMap(({ factVersion, through, value }) => {
      const amount = amountOf(value);
      if (amount === null) return [];
      return [{ factVersion, through, least: (100 * amount) / ends.high, most: (100 * amount) / ends.low }];
    })
    .toSorted((one, other) => (one.through < other.through ? -1 : one.through > other.through ? 1 : 0));
}

/** How much of a year is over at the end of a day, from 0 to 1. */
export function shareOfYear(year: number, day: string): number {
  const start = Date.UTC(year, 0, 1);
  const share = (Date.parse(`${day}T00:00:00Z`) + 86_400_000 - start) / (Date.UTC(year + 1, 0, 1) - start);
  return Math.min(1, Math.max(0, share));
}

/** The schedule by months 序时进度: n twelfths from the end of the nth month on. From the start of the year to its end. */
export function scheduleByMonths(year: number): readonly { readonly at: number; readonly percent: number }[] {
  return Array.from({ length: 13 }, (_, months) => {
    const end = months === 0 ? 0 : shareOfYear(year, new Date(Date.UTC(year, months, 0)).toISOString().slice(0, 10));
    return { at: end, percent: (100 * months) / 12 };
  });
}

/** The top of the scale: a whole step above whatever is drawn, and never below the whole goal. */
export function topOf(percents: readonly number[]): number {
  return Math.max(100, Math.ceil(Math.max(0, ...percents) / 25) * 25);
}

/** The points of a step line: a cumulative figure holds until the next one, the last one until `until`. It begins with the first. */
export function stepLine(
  points: readonly { readonly at: number; readonly percent: number }[],
  until: number,
): readonly [number, number][] {
  const line: [number, number][] = [];
  let before: number | null = null;
  for (const { at, percent } of points) {
    if (before !== null) line.push([at, before]);
    line.push([at, percent]);
    before = percent;
  }
  const last = points.at(-1);
  if (last !== undefined && until > last.at) line.push([until, last.percent]);
  return line;
}

/** Percentage points by which a share is above a schedule, exact to two places: both come with two from the server. */
export function pointsAhead(percent: string, schedule: string): number {
  return (Math.round(Number(percent) * 100) - Math.round(Number(schedule) * 100)) / 100;
}
