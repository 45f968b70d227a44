/** Lights counted 亮灯统计: per unit, worst first. */
import type { InBoth } from "../words/language";
import type { Colour } from "./Light";

/** From what needs looking at most to what needs it least. */
export const WORST_FIRST: readonly Colour[] = ["RED", "YELLOW", "GREEN", "GREY"];

export type Counts = Readonly<Partial<Record<Colour, number>>>;

/** A group of an answer: keys in the order of its dimensions, the light last. */
interface Group {
  readonly group: readonly { readonly key: string | null; readonly label?: InBoth | null }[];
  readonly count: number;
}

/** How many of each light there are, all told. */
export function lightsOf(groups: readonly Group[]): Counts {
  const counts: Partial<Record<Colour, number>> = {};
  for (const { group, count } of groups) {
    const colour = group.at(-1)?.key?.toUpperCase() as Colour | undefined;
    if (colour !== undefined) counts[colour] = (counts[colour] ?? 0) + count;
  }
  return counts;
}

/** How many of each light there are, by the key before the light. What has none is left out. */
export function lightsByUnit(groups: readonly Group[]): ReadonlyMap<string, Counts> {
  const of = new Map<string, Group[]>();
  for (const each of groups) {
    const key = each.group[0]?.key;
    if (key !== null && key !== undefined) of.set(key, [...(of.get(key) ?? []), each]);
  }
  return new Map([...of].map(([key, those]) => [key, lightsOf(those)]));
}

/** What has no line of its own: the lights of all that belongs to other units than these, whose they are, and how many are nobody's. */
export interface Others {
  readonly counts: Counts;
  readonly units: readonly { readonly code: string; readonly name: InBoth; readonly count: number }[];
  readonly nobodys: number;
}

/** What the lines of those units leave out, so that lines and sums tell the same. */
export function othersThan(groups: readonly Group[], codes: readonly string[]): Others {
  const left = groups.filter(({ group: [unit] }) => !codes.includes(unit?.key ?? ""));
  const units = new Map<string, { code: string; name: InBoth; count: number }>();
  let nobodys = 0;
  for (const { group, count } of left) {
    const [unit] = group;
    if (unit === undefined || unit.key === null) nobodys += count;
    else {
      const known = units.get(unit.key)?.count ?? 0;
      units.set(unit.key, { code: unit.key, name: unit.label ?? { zh: unit.key, en: unit.key }, count: known + count });
    }
  }
  return { counts: lightsOf(left), units: [...units.values()], nobodys };
}

export function total(counts: Counts): number {
  return WORST_FIRST.reduce((sum, colour) => sum + (counts[colour] ?? 0), 0);
}

/** The worst light that there is at least one of; null where there is nothing. */
export function worst(counts: Counts): Colour | null {
  return WORST_FIRST.find((colour) => (counts[colour] ?? 0) > 0) ?? null;
}
