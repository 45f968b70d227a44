/** Moments 时点 as the address has them, and as the server is asked for them. */
import { isDay, isPosition } from "./address";

export type Point = { readonly position: string } | { readonly time: string };

/** The last instant of a day in Asia/Shanghai, to the microsecond, as the exports and the command line have it. */
function endOfDay(day: string): string {
  return `${day}T23:59:59.999999+08:00`;
}

/** A moment as the server takes it. The end of a day judges by the clock of that evening, as the export of that day does. */
export function pointOf(at: string): Point {
  if (isPosition(at)) return { position: at };
  return { time: isDay(at) ? endOfDay(at) : at };
}

/**
 * The moment to draw, of the one that an address names, on a day: the end of a day that is not over is now, for as long as it
 * lasts. A link to it leads to that evening ever after. Which day it is, every answer tells, also the one that refuses an end of a
 * day that has not come (`MOMENT_IN_THE_FUTURE`): so nothing is asked before the page's own question.
 */
export function drawnOf(at: string | null, today: string | null): string | null {
  return at !== null && at === today && isDay(at) ? null : at;
}
