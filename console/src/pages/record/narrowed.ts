/** What the list of events is narrowed down to, and which of its pages is shown: as the address keeps it, and as it is asked. */

import type { EventFilter, EventsQueryVariables } from "../../generated/operations";
import type { Having } from "../../parts/Export";

export const PAGE = 50;

/** What the address may say, each under its name there. */
export const NARROWING = [
  "of",
  "kind",
  "type",
  "unit",
  "role",
  "subject",
  "basis",
  "command",
  "time",
  "from",
  "to",
] as const;
export type Narrowing = (typeof NARROWING)[number];

export const ROLES = [
  "CLERK",
  "HANDLER",
  "LEADER",
  "SECRETARY",
  "SUPERVISOR",
  "AUDITOR",
  "ADMINISTRATOR",
  "SYSTEM",
] as const;
export const BASES = ["STATED", "INFERRED", "COMPUTED", "ILLUSTRATED"] as const;

const A_POSITION = /^[1-9]\d{0,18}$/;
const A_DAY = /^\d{4}-\d\d-\d\d$/;

/** The filter that an address names. A day or a choice that is none is passed over; a name that nobody knows is the server's to judge. */
export function filterOf(query: URLSearchParams): EventFilter {
  const filter: EventFilter = {};
  const [of, kind, type, unit, subject] = ["of", "kind", "type", "unit", "subject"].map((name) => query.get(name));
  if (of) filter.of = [of];
  if (kind) filter.kinds = [kind];
  if (type) filter.types = [type];
  if (unit) filter.unit = unit;
  if (subject) filter.subject = subject;
  const role = ROLES.find((each) => each === query.get("role"));
  if (role) filter.roles = [role];
  const basis = BASES.find((each) => each === query.get("basis"));
  if (basis) filter.bases = [basis];
  const command = query.get("command");
  if (command) filter.correlationId = command;
  const [from, to] = [day(query.get("from")), day(query.get("to"))];
  const decided = query.get("time") === "decided";
  // Days are the city's, from their first microsecond to their last.
  if (from) filter[decided ? "decidedFrom" : "recordedFrom"] = `${from}T00:00:00+08:00`;
  if (to) filter[decided ? "decidedTo" : "recordedTo"] = `${to}T23:59:59.999999+08:00`;
  return filter;
}

const COLUMNS: Readonly<Partial<Record<Narrowing, string>>> = {
  of: "noun_id",
  kind: "noun_kind",
  type: "type",
  unit: "unit_code",
  role: "role",
  subject: "actor",
  basis: "basis",
  command: "correlation_id",
};
const LOWER: readonly Narrowing[] = ["role", "basis"];

/** What the columns of an export say of what an address names. */
export function exported(query: URLSearchParams): Having {
  const having: Record<string, string> = {};
  for (const name of NARROWING) {
    const [column, value] = [COLUMNS[name], query.get(name)];
    if (column !== undefined && value) having[column] = LOWER.includes(name) ? value.toLowerCase() : value;
  }
  return having;
}

/** Whether its columns say all that an address names: days they do not. */
export function isExported(query: URLSearchParams): boolean {
  return !query.get("from") && !query.get("to");
}

/** The page that an address names: the newest events, those before a position, or those after one. */
export function pageOf(query: URLSearchParams): Pick<EventsQueryVariables, "last" | "before" | "first" | "after"> {
  const [before, after] = [position(query.get("before")), position(query.get("after"))];
  if (after) return { last: null, first: PAGE, after };
  return before ? { last: PAGE, before } : { last: PAGE };
}

/** The address of the list with some of what it keeps changed; null removes. A page of one list is none of another. */
export function listed(query: URLSearchParams, changes: Readonly<Record<string, string | null>>): string {
  const next = new URLSearchParams(query);
  for (const name of ["before", "after"]) next.delete(name);
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  const text = next.toString();
  return text ? `/record?${text}` : "/record";
}

function position(text: string | null): string | null {
  return text !== null && A_POSITION.test(text) ? text : null;
}

function day(text: string | null): string | null {
  return text !== null && A_DAY.test(text) && !Number.isNaN(Date.parse(text)) ? text : null;
}
