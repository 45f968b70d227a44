/** The time scale 时间轴 of a project's milestones: from its first date to its last, with the years on it. */

/** A day that is known as an interval, either end of which may be open. */
export interface Known {
  readonly earliest: string | null;
  readonly latest: string | null;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

const DAY_MS = 86_400_000;
/** Room at both ends, as a part of the whole. */
const MARGIN = 0.04;

const timeOf = (day: string) => Date.parse(`${day}T00:00:00Z`);

/** The day that stands for an interval: its last, by which "reached by" is judged, or else its first. */
export function dayOf({ earliest, latest }: Known): string | null {
  return latest ?? earliest;
}

/** What has to fit on the scale, with room at both ends; at least two months. */
export function spanOf(days: readonly string[]): Span {
  const times = days.map(timeOf);
  const first = Math.min(...times);
  const last = Math.max(...times);
  const room = Math.max((last - first) * MARGIN, 30 * DAY_MS);
  return { from: first - room, to: last + room };
}

/** Where a day is on the scale, from 0 to 1. */
export function placeOn({ from, to }: Span, day: string): number {
  return Math.min(1, Math.max(0, (timeOf(day) - from) / (to - from)));
}

/** The first days of years on the scale, or of quarters where it is short; at most twelve. */
export function ticksOn(span: Span): readonly string[] {
  const years = (span.to - span.from) / (365 * DAY_MS);
  const months = years <= 2 ? 3 : years <= 11 ? 12 : 12 * Math.ceil(years / 11);
  const ticks: string[] = [];
  const first = new Date(span.from).getUTCFullYear();
  for (let month = 0; ticks.length < 12; month += months) {
    const time = Date.UTC(first, month, 1);
    if (time > span.to) break;
    if (time >= span.from) ticks.push(new Date(time).toISOString().slice(0, 10));
  }
  return ticks;
}
