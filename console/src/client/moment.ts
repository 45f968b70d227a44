/** Moments 时点 as the address has them, and as the server is asked for them. */
import { endOfDay } from "../words/dates";
import { isDay, isPosition } from "./address";

export type Point = { readonly position: string } | { readonly time: string };

/** A moment as the server takes it. The end of a day judges by the clock of that evening, as the export of that day does. */
export function pointOf(at: string): Point {
  if (isPosition(at)) return { position: at };
  return { time: isDay(at) ? endOfDay(at) : at };
}

/**
 * The moment to draw, of the one that an address names, on a day: the end of a day that is not over is now, for as long as it
 * lasts. A link to it leads to that evening ever after.
 */
export function drawnOf(at: string | null, today: string | null): string | null {
  return at !== null && at === today && isDay(at) ? null : at;
}
