/** Small things that are told of an event: who did it, and to which noun. */
import { Link } from "../../client/place";
import type { EventsQuery } from "../../generated/operations";
import { useChoices } from "../../parts/choices";
import { type InBoth, useLabel, useWords } from "../../words/language";
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
    case "Attachment":
      return noun.attachmentName;
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
      return `${say(noun.indicator.label)} ${noun.year}`;
    case "Webhook":
      return noun.webhookName;
    case "Unit":
      return say(noun.unitName);
    default:
      return "";
  }
}

const PAGES: Readonly<Record<string, string>> = {
  Ticket: "tickets",
  Project: "projects",
  Parcel: "parcels",
  Company: "companies",
  Target: "board/targets",
  SupervisionList: "board/lists",
};

/** A noun by kind and name; a link to its own page, where it has one. */
export function NounTold({
  event,
}: {
  event: { readonly kind: string; readonly entityId: string; readonly noun?: Noun | null };
}) {
  const t = useWords(WORDS);
  const say = useLabel();
  const kindOf = useKind();
  const name = nounText(event.noun, say);
  const person = event.noun?.__typename === "Person" ? event.noun : null;
  const page = PAGES[event.noun?.__typename ?? ""];
  return (
    <>
      <span className="kind">{kindOf(event.kind)}</span>{" "}
      {page ? <Link to={`/${page}/${event.entityId}`}>{name || t("unnamed")}</Link> : name}
      {person?.erased ? (
        <small className="erased">
          {t("erased")}
          {person.legalBasis ? ` ${t("onBasis", { basis: person.legalBasis })}` : null}
        </small>
      ) : null}
    </>
  );
}

type About = NonNullable<Row["about"]>;

/** What an event says beside its kind, and whom it speaks of: the figure that was printed, the edition that was adopted. */
export function LineTold({
  event: { line, about },
}: {
  event: { readonly line: InBoth | null; readonly about: About | null };
}) {
  const say = useLabel();
  if (line === null && about === null) return null;
  const page = PAGES[about?.__typename ?? ""];
  const name =
    about === null
      ? ""
      : about.__typename === "Target"
        ? [say(about.unit?.name), nounText(about, say)].filter(Boolean).join(" · ")
        : nounText(about, say);
  const unit = about?.__typename === "Unit" ? `/board/units/${about.code}` : null;
  const to = unit ?? (page && about !== null && "entityId" in about ? `/${page}/${about.entityId}` : null);
  return (
    <small className="line">
      {to === null ? name : <Link to={to}>{name}</Link>}
      {name && line ? " · " : null}
      {say(line)}
    </small>
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
