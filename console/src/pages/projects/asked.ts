/** What the address asks of the list of projects: its filter and its order. */

import type { Light, MilestoneKind, ProjectFilter, ProjectOrderField } from "../../generated/operations";
import type { Having } from "../../parts/Export";

const LIGHTS: readonly string[] = ["RED", "YELLOW", "GREEN", "GREY"];
export const ORDERS = [
  "CODE",
  "NAME",
  "STAGE",
  "INVESTMENT",
  "NEXT_FORECAST",
  "CHANGED",
] as const satisfies readonly ProjectOrderField[];
export type Order = (typeof ORDERS)[number];

export const STAGES = [
  "LEAD",
  "LANDED",
  "SIGNED",
  "COMPANY_REGISTERED",
  "LAND_LISTED",
  "LAND_AWARDED",
  "PRE_ASSESSED",
  "APPROVED",
  "LAND_SUPPLIED",
  "PILING",
  "STARTED",
  "COMPLETED",
  "COMPLETION_INSPECTED",
  "IN_PRODUCTION",
  "GRID_CONNECTED",
] as const satisfies readonly MilestoneKind[];

const DUTIES = ["COMMENCEMENT", "COMPLETION"] as const;
const PARTS = ["EXPECTED", "DONE", "OVERDUE"] as const;

/** Of which number of the scoreboard of towns a link speaks: `commencement.overdue.heshan`, or with a year behind that. */
export function talliedBy(text: string | null): NonNullable<ProjectFilter["tallied"]> | null {
  const [first = "", second = "", unit, year] = (text ?? "").split(".");
  const duty = DUTIES.find((each) => each === first.toUpperCase());
  const part = PARTS.find((each) => each === second.toUpperCase());
  if (duty === undefined || part === undefined) return null;
  return { duty, part, unit: unit || null, year: /^\d{4}$/.test(year ?? "") ? Number(year) : null };
}

/** The filter that an address asks for; what makes no sense there is left out. */
export function filterOf(query: URLSearchParams): ProjectFilter {
  const filter: ProjectFilter = {};
  const light = query.get("light")?.toUpperCase();
  if (light !== undefined && LIGHTS.includes(light)) filter.lights = [light as Light];
  const stage = STAGES.find((each) => each === query.get("stage")?.toUpperCase());
  if (stage !== undefined) filter.stages = [stage];
  const unit = query.get("unit");
  if (unit) filter.units = [unit];
  const search = query.get("q")?.trim();
  if (search) filter.search = search;
  if (query.get("leader") === "none") filter.hasLeader = false;
  if (query.get("outstanding") === "yes") filter.outstanding = true;
  const list = query.get("list");
  if (list) filter.supervisionList = list;
  const tallied = talliedBy(query.get("tallied"));
  if (tallied !== null) filter.tallied = tallied;
  return filter;
}

const COLUMNS: Readonly<Record<string, string>> = { light: "light_colour", stage: "stage", unit: "unit_code" };

/** What the columns of an export say of what an address asks for. */
export function exported(query: URLSearchParams): Having {
  const having: Record<string, string> = {};
  for (const [name, column] of Object.entries(COLUMNS)) {
    const value = query.get(name);
    if (value) having[column] = value.toLowerCase();
  }
  if (query.get("leader") === "none") having.leader_name = "";
  return having;
}

/** Whether its columns say all that an address asks for. */
export function isExported(query: URLSearchParams): boolean {
  return !query.get("q") && !query.get("list") && !query.get("tallied") && query.get("outstanding") !== "yes";
}

/** The order that an address asks for, by code unless it says something else. */
export function orderOf(query: URLSearchParams): Order {
  return ORDERS.find((each) => each === query.get("sort")?.toUpperCase()) ?? "CODE";
}
