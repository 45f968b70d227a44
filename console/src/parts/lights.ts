/** Lights counted 亮灯统计: per unit, worst first. */
import type { Colour } from "./Light";

/** From what needs looking at most to what needs it least. */
export const WORST_FIRST: readonly Colour[] = ["RED", "YELLOW", "GREEN", "GREY"];

export type Counts = Readonly<Partial<Record<Colour, number>>>;

/** A group of an answer: keys in the order of its dimensions, the light last. */
interface Group {
  readonly group: readonly { readonly key: string | null }[];
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

export function total(counts: Counts): number {
  return WORST_FIRST.reduce((sum, colour) => sum + (counts[colour] ?? 0), 0);
}

/** The worst light that there is at least one of; null where there is nothing. */
export function worst(counts: Counts): Colour | null {
  return WORST_FIRST.find((colour) => (counts[colour] ?? 0) > 0) ?? null;
}
