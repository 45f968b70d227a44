/** A value of a field, as people read it. */
import { Fragment } from "react";
import { instantText } from "../words/dates";
import { type InBoth, useLabel, useWords } from "../words/language";
import { WORDS } from "./words";

const AN_INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/**
 * A value of a field: text as it is, an instant in the city's zone, a label in the reader's language, what has parts part by part.
 * Parts that the value `beside` it has not are marked, where there is one.
 */
export function Value({ value, beside }: { value: unknown; beside?: unknown }) {
  const t = useWords(WORDS);
  const say = useLabel();
  if (value === null || value === undefined) return <span className="none">{t("nothing")}</span>;
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (typeof value === "string") {
    return AN_INSTANT.test(value) ? <time dateTime={value}>{instantText(value, true)}</time> : value;
  }
  if (typeof value !== "object") return String(value);
  if (isLabel(value)) return say(value);
  if (isSealed(value)) return <span className="none">{t("sealed")}</span>;
  if (Array.isArray(value)) {
    if (value.length === 0) return <span className="none">{t("nothing")}</span>;
    const others = Array.isArray(beside) ? beside : [];
    return (
      <ol className="values">
        {value.map((each: unknown, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an event never changes, and a place is all that its values have
          <li key={at}>
            <Value value={each} beside={others[at]} />
          </li>
        ))}
      </ol>
    );
  }
  const other = typeof beside === "object" && beside !== null ? (beside as Record<string, unknown>) : null;
  return (
    <dl className="nested">
      {Object.entries(value).map(([name, each]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd
            className={other !== null && JSON.stringify(other[name]) !== JSON.stringify(each) ? "changed" : undefined}
          >
            <Value value={each} beside={other?.[name]} />
          </dd>
        </Fragment>
      ))}
    </dl>
  );
}

function isLabel(value: object): value is InBoth {
  const { zh, en, ...more } = value as Partial<InBoth>;
  return typeof zh === "string" && typeof en === "string" && Object.keys(more).length === 0;
}

/** What only the key of a person opens. */
function isSealed(value: object): boolean {
  const names = Object.keys(value);
  return names.length === 2 && names.includes("nonce") && names.includes("ciphertext");
}
