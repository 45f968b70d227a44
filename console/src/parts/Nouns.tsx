/** Links to what has a page of its own: a company by its name, or by how it is described. */
import { Link } from "../client/place";

export interface CompanyNamed {
  readonly entityId: string;
  readonly name: string | null;
  readonly description: string | null;
}

export function CompanyLink({ company }: { company: CompanyNamed }) {
  return <Link to={`/companies/${company.entityId}`}>{company.name ?? company.description ?? "–"}</Link>;
}
