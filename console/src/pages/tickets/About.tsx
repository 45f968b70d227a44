/** What a ticket is about: projects, parcels and companies, each with the way to it. */
import { Link } from "../../client/place";
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

export function About({ about }: { about: readonly Subject[] }) {
  const t = useWords(WORDS);
  if (about.length === 0) return null;
  return (
    <ul className="about">
      {about.map((each) => (
        <li key={each.entityId}>
          {each.__typename === "Project" ? (
            <Link to={`/projects/${each.entityId}`}>
              <small>{each.code}</small> {each.name}
            </Link>
          ) : (
            <Link to={`/${each.__typename === "Parcel" ? "parcels" : "companies"}/${each.entityId}`}>
              <small>{t(each.__typename)}</small>{" "}
              {each.__typename === "Parcel" ? each.location : (each.companyName ?? each.description)}
            </Link>
          )}
        </li>
      ))}
    </ul>
  );
}
