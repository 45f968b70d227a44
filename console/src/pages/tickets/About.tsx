/** What a ticket is about: projects, parcels and companies, each with the way to it. */
import { Link } from "../../client/place";
import { Beside } from "../../parts/Beside";
import { useWords } from "../../words/language";
import { WORDS } from "./words";

export type Subject =
  | { readonly __typename: "Project"; readonly entityId: string; readonly code: string; readonly name: string }
  | { readonly __typename: "Parcel"; readonly entityId: string; readonly location: string }
  | {
      readonly __typename: "Company";
      readonly entityId: string;
      readonly companyName: string | null;
      readonly description: string | null;
    };

export function About({
  about,
  now,
}: {
  about: readonly Subject[];
  /** What it is about now, where that is compared. */
  now?: readonly Subject[] | undefined;
}) {
  const t = useWords(WORDS);
  return (
    <Beside rows={about} now={now} keyOf={({ entityId }) => entityId} tellsOf={toldOf} className="about">
      {(each) =>
        each.__typename === "Project" ? (
          <Link to={`/projects/${each.entityId}`}>
            <small>{each.code}</small> {each.name}
          </Link>
        ) : (
          <Link to={`/${each.__typename === "Parcel" ? "parcels" : "companies"}/${each.entityId}`}>
            <small>{t(each.__typename)}</small> {nameOf(each)}
          </Link>
        )
      }
    </Beside>
  );
}

function nameOf(each: Subject): string | null {
  if (each.__typename === "Project") return each.name;
  return each.__typename === "Parcel" ? each.location : (each.companyName ?? each.description);
}

/** An answer may tell more of a subject, its stage for one, than is drawn of it. */
function toldOf(each: Subject): unknown {
  return [each.__typename === "Project" ? each.code : null, nameOf(each)];
}
