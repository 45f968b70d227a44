/** Small things that are told of an event: who did it, to which noun, and what a value reads. */

import { Fragment } from "react";
import { Link } from "../../client/place";
import type { EventsQuery } from "../../generated/operations";
import { instantText } from "../../words/dates";
import { type InBoth, useLabel, useWords } from "../../words/language";
import { useChoices } from "./choices";
import { WORDS } from "./words";

type Row = EventsQuery["moment"]["events"]["nodes"][number];
export type Noun = NonNullable<Row["noun"]>;
type KindWord = Extract<keyof typeof WORDS, `kind_${string}`>;

/** What people call a kind of noun; its code where that is all that is known. */
export function useKind() {
  const t = useWords(WORDS);
  return (kind: string) => (`kind_${kind}` in WORDS ? t(`kind_${kind}` as KindWord) : kind);
}

/** What a noun is called. */
export function nounText(noun: Noun | null | undefined, say: (label: InBoth | null | undefined) => string): string {
  switch (noun?.__typename) {
    case "Ticket":
      return [noun.number, noun.subject].filter(Boolean).join(" ");
    case "Project":
      return noun.projectName;
    case "Company":
      return noun.companyName ?? "";
    case "Group":
      return noun.groupName;
    case "Meeting":
      return noun.meetingTitle;
    case "Parcel":
      return noun.location;
    case "Publication":
      return say(noun.publicationTitle);
    case "SupervisionList":
      return say(noun.programme);
    case "Target":
      return say(noun.indicator.label);
    case "Unit":
      return say(noun.unitName);
    default:
      return "";
  }
}

const PAGES: Readonly<Record<string, string>> = { Ticket: "tickets", Project: "projects" };

/** A noun by kind and name; a link to its own page, where it has one and that is `linked`. */
export function NounTold({
  event,
  linked = false,
}: {
  event: { readonly kind: string; readonly entityId: string; readonly noun?: Noun | null };
  linked?: boolean;
}) {
  const say = useLabel();
  const kindOf = useKind();
  const name = nounText(event.noun, say);
  const page = PAGES[event.noun?.__typename ?? ""];
  return (
    <>
      <span className="kind">{kindOf(event.kind)}</span>{" "}
      {linked && page ? <Link to={`/${page}/${event.entityId}`}>{name}</Link> : name}
    </>
  );
}

export function ActorTold({ actor }: { actor: Row["actor"] }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const { units } = useChoices();
  const unit = actor.unit ? say(units.get(actor.unit)) || actor.unit : "";
  return (
    <>
      {unit ? `${unit} · ` : ""}
      {t(actor.role)}
    </>
  );
}

const AN_INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/**
 * A value of a field: text as it is, an instant in the city's zone, a label in the reader's language, what has parts part by part.
 * Parts that the value `beside` it has not are marked, where there is one.
 */
export function Value({ value, beside }: { value: unknown; beside?: unknown }) {
  const t = useWords(WORDS);
  const say = useLabel();
  if (value === null || value === undefined) return <span className="none">{t("none")}</span>;
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (typeof value === "string") {
    return AN_INSTANT.test(value) ? <time dateTime={value}>{instantText(value, true)}</time> : value;
  }
  if (typeof value !== "object") return String(value);
  if (isLabel(value)) return say(value);
  if (Array.isArray(value)) {
    if (value.length === 0) return <span className="none">{t("none")}</span>;
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
