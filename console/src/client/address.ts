/** Addresses of the console: which page, what it keeps, and the moment, as links and the browser's bar have them. */
export const BASE = "/console";

export interface Place {
  /** The path within the console, from `/`. */
  readonly path: string;
  /** What a page keeps in the address: its filter, its order. Without `at` and `compare`, which belong to the slider. */
  readonly query: URLSearchParams;
  /** The position, the instant, or the day at whose end every page is drawn as of: `301`, `2015-08-06`; null is now. */
  readonly at: string | null;
  /** What the address names as its moment and is none; null where it names one, or nothing. */
  readonly mistaken: string | null;
  /** Whether what differs from now is marked. */
  readonly comparing: boolean;
}

const OF_THE_MOMENT = ["at", "compare"] as const;
/** The position before the first event: there was no record, and no time of it. */
export const BEFORE_ALL = "0";
const A_POSITION = /^(?:0|[1-9]\d{0,18})$/;
const A_DAY = /^[12]\d{3}-\d{2}-\d{2}$/;
/** With its zone, or nobody knows which it is. A plus that was typed into an address is read as a blank. */
const AN_INSTANT =
  /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(?:\.\d{1,6})?)?(Z|[+ -](?:0\d|1[0-4]):[0-5]\d)$/;

/** Whether a moment is a position. */
export function isPosition(at: string): boolean {
  return A_POSITION.test(at);
}

/** Whether a moment is the end of a day, as the exports and the command line write it, and not a position. */
export function isDay(at: string): boolean {
  if (!A_DAY.test(at)) return false;
  const noon = new Date(`${at}T12:00:00Z`);
  return !Number.isNaN(noon.valueOf()) && noon.toISOString().startsWith(at);
}

/** The moment that a text names, as it is asked for; null where it names none. */
export function momentIn(text: string): string | null {
  if (isPosition(text) || isDay(text)) return text;
  const [, day = "", , seconds, zone = ""] = AN_INSTANT.exec(text) ?? [];
  if (!isDay(day)) return null;
  return `${text.slice(0, 16)}${seconds ?? ":00"}${zone.replace(" ", "+")}`;
}

/** The place that an address names. */
export function placeOf(url: URL): Place {
  const query = new URLSearchParams(url.search);
  const at = query.get("at");
  const comparing = query.has("compare");
  for (const name of OF_THE_MOMENT) query.delete(name);
  const within = url.pathname.startsWith(BASE) ? url.pathname.slice(BASE.length) : url.pathname;
  const moment = at === null ? null : momentIn(at);
  return { path: within || "/", query, at: moment, mistaken: moment === null ? at || null : null, comparing };
}

/** The address of a place; `at` at the end keeps the moment in the link. */
export function addressOf(to: string, moment: Pick<Place, "at" | "comparing">): string {
  const [path = "/", search = ""] = to.split("?");
  const query = new URLSearchParams(search);
  if (moment.at !== null) {
    query.set("at", moment.at);
    if (moment.comparing) query.set("compare", "");
  }
  const text = query.toString().replace(/=(?=&|$)/g, "");
  return `${BASE}${path}${text ? `?${text}` : ""}`;
}
