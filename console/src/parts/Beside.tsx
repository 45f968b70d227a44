/**
 * What two answers tell, side by side, in general: a list joined by key, and facts joined by name. Every section of a page that can be
 * compared with now is drawn by one of these, or by what they are made of, so that nothing that differs reads as unchanged.
 */
import type { ReactNode } from "react";
import { Differs } from "./Differs";
import { Change, classOf, type Listed, type Side, sidesOf, whole } from "./sides";

/** A list of then, each row marked where it is another now, and after them the rows that came since. */
export function Beside<Row>({
  rows,
  now,
  keyOf,
  tellsOf,
  as: List = "ul",
  className = "plain",
  classOfRow,
  children,
}: {
  rows: readonly Row[] | Listed<Row>;
  /** The same list now; undefined where nothing is compared. */
  now: readonly Row[] | Listed<Row> | undefined;
  keyOf: (row: Row) => string;
  /** What is drawn of a row, where an answer tells more of it than that: only this is compared. */
  tellsOf?: (row: Row) => unknown;
  as?: "ul" | "ol";
  className?: string;
  classOfRow?: (row: Row) => string | undefined;
  children: (row: Row) => ReactNode;
}) {
  const sides = sidesOf(listOf(rows), now && listOf(now), keyOf);
  if (sides.length === 0) return null;
  return (
    <List className={className}>
      {sides.map((side) => (
        <li key={side.key} className={[classOf(side), classOfRow?.(side.row)].filter(Boolean).join(" ") || undefined}>
          <RowBeside side={side} draw={children} tellsOf={tellsOf} />
        </li>
      ))}
    </List>
  );
}

function RowBeside<Row>({
  side: { row, now, change },
  draw,
  tellsOf,
}: {
  side: Side<Row>;
  draw: (row: Row) => ReactNode;
  tellsOf: ((row: Row) => unknown) | undefined;
}) {
  return (
    <>
      {change === null ? <Differs then={row} now={now} draw={draw} tellsOf={tellsOf} block /> : draw(row)}
      <Change of={change} />
    </>
  );
}

function listOf<Row>(rows: readonly Row[] | Listed<Row>): Listed<Row> {
  return "nodes" in rows ? rows : whole(rows);
}

/** A fact: its name, what is compared of it, and how that is drawn where it is not as it stands. */
export interface Fact {
  readonly name: string;
  /** Null, undefined, empty text and empty lists are nothing. */
  readonly value: unknown;
  readonly drawn?: ReactNode;
}

/** Facts of then, each marked where it is another now. What is nothing in both is left out; `children` are more facts. */
export function FactsBeside({
  then,
  now,
  children,
}: {
  then: readonly Fact[];
  /** The same facts now; undefined where nothing is compared. */
  now: readonly Fact[] | undefined;
  children?: ReactNode;
}) {
  const told = then
    .map((fact) => ({ fact, today: now?.find(({ name }) => name === fact.name) }))
    .filter(({ fact, today }) => !isNothing(fact) || (today !== undefined && !isNothing(today)));
  if (told.length === 0 && children === undefined) return null;
  return (
    <dl className="facts">
      {told.map(({ fact, today }) => (
        <div key={fact.name} className="pair">
          <dt>{fact.name}</dt>
          <dd>
            <Differs then={fact} now={today} draw={drawnOf} tellsOf={valueOfFact} />
          </dd>
        </div>
      ))}
      {children}
    </dl>
  );
}

function valueOfFact({ value }: Fact): unknown {
  return value ?? null;
}

function isNothing({ value }: Fact): boolean {
  return value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
}

function drawnOf(fact: Fact): ReactNode {
  return isNothing(fact) ? "" : (fact.drawn ?? String(fact.value));
}
