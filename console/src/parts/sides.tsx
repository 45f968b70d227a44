/** Lists of then beside the same lists of now: what came since, what is there no longer, and the other side of every row. */
import { useWords } from "../words/language";
import { WORDS } from "./words";

/** A list as it was answered: the rows that are shown, and how many there are. */
export interface Listed<Row> {
  readonly nodes: readonly Row[];
  readonly totalCount: number;
}

/** A list of which every row is known. */
export function whole<Row>(rows: readonly Row[]): Listed<Row> {
  return { nodes: rows, totalCount: rows.length };
}

export interface Side<Row> {
  readonly key: string;
  /** The row of then; the one of now where it came since. */
  readonly row: Row;
  /** What the same row is now; undefined where nothing is compared, or where it is not among what is shown of now. */
  readonly now: Row | undefined;
  readonly change: "cameSince" | "leftSince" | null;
}

/**
 * The rows of then, and after them those that came since. `now` is undefined where nothing is compared.
 *
 * A row that is missing on a page that shows only the first of many may stand on the next one: it is then said of no row that it
 * came or left.
 */
export function sidesOf<Row>(
  then: Listed<Row>,
  now: Listed<Row> | undefined,
  keyOf: (row: Row) => string,
): readonly Side<Row>[] {
  const today = new Map(now?.nodes.map((row) => [keyOf(row), row]));
  const before = new Set(then.nodes.map(keyOf));
  const allOf = ({ nodes, totalCount }: Listed<Row>) => nodes.length >= totalCount;
  const shown = then.nodes.map((row): Side<Row> => {
    const key = keyOf(row);
    const left = now !== undefined && allOf(now) && !today.has(key);
    return { key, row, now: today.get(key), change: left ? "leftSince" : null };
  });
  if (now === undefined || !allOf(then)) return shown;
  const came = now.nodes.filter((row) => !before.has(keyOf(row)));
  return [...shown, ...came.map((row): Side<Row> => ({ key: keyOf(row), row, now: row, change: "cameSince" }))];
}

/** The class of a row that came or left. */
export function classOf({ change }: Pick<Side<unknown>, "change">): string | undefined {
  return change === null ? undefined : "differs";
}

/** Says that a row came since, or is there no longer. */
export function Change({ of }: { of: Side<unknown>["change"] }) {
  const t = useWords(WORDS);
  return of === null ? null : <ins>{t(of)}</ins>;
}
