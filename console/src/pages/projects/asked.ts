/** What the address asks of the list of projects: its filter and its order. */
import type { Light, MilestoneKind, ProjectFilter, ProjectOrderField } from "../../generated/operations";

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
  return filter;
}

/** The order that an address asks for, by code unless it says something else. */
export function orderOf(query: URLSearchParams): Order {
  return ORDERS.find((each) => each === query.get("sort")?.toUpperCase()) ?? "CODE";
}
