/** How many of each light there are: each count leads to what it counts. Lights without any are left out. */
import type { ReactNode } from "react";
import { Link } from "../client/place";
import { useWords } from "../words/language";
import type { Colour } from "./Light";
import { type Counts, WORST_FIRST } from "./lights";
import { WORDS } from "./words";

/** A link to another page, or to a part of this one: `#bodies`. */
function To({ to, className, children }: { to: string | undefined; className: string; children: ReactNode }) {
  if (to === undefined) return <span className={className}>{children}</span>;
  return to.startsWith("#") ? (
    <a href={to} className={className}>
      {children}
    </a>
  ) : (
    <Link to={to} className={className}>
      {children}
    </Link>
  );
}

export function LightCounts({
  counts,
  now,
  to,
  of,
}: {
  counts: Counts;
  /** The counts of now, where they are compared. */
  now?: Counts | undefined;
  /** Where a count leads; nowhere, where no list holds just that. */
  to?: (colour: Colour) => string;
  /** What is counted, for whoever hears the link without its surroundings. */
  of: string;
}) {
  const t = useWords(WORDS);
  const shown = WORST_FIRST.filter((colour) => (counts[colour] ?? 0) > 0 || (now?.[colour] ?? 0) > 0);
  if (shown.length === 0) return <span className="none">–</span>;
  return (
    <ul className="light-counts">
      {shown.map((colour) => {
        const count = counts[colour] ?? 0;
        const today = now === undefined ? count : (now[colour] ?? 0);
        const differs = today !== count;
        return (
          <li key={colour}>
            <To to={to?.(colour)} className={`light ${colour.toLowerCase()}${differs ? " differs" : ""}`}>
              <i aria-hidden="true" />
              <span className="unseen">{`${of} · ${t(colour)} `}</span>
              <span className="colour">{count}</span>
              {differs ? (
                <ins>
                  <span className="unseen">{t("nowIs", { value: "" })}</span>→{today}
                </ins>
              ) : null}
            </To>
          </li>
        );
      })}
    </ul>
  );
}
