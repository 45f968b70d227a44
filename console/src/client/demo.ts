/** Whom a demonstration lets one be. Apart, for GraphiQL asks it too, and needs nothing else of the console. */
import type { InBoth } from "../words/language";

/** Somebody whom a demonstration lets one be. */
export interface DemoUser {
  readonly subject: string;
  readonly role: string;
  readonly roleLabel: InBoth;
  readonly unit: string | null;
  readonly unitName: InBoth | null;
  readonly token: string;
}

/** Who reads nothing, and so finds nothing here: a witness has to do with the ledger alone. */
const NOBODY_HERE = "witness";

/** Whom the demonstration lets one be here; nobody where the server is no demonstration, or does not tell this browser. */
export async function demoUsers(): Promise<readonly DemoUser[]> {
  const response = await fetch("/demo/users", { headers: { accept: "application/json" } });
  if (!response.ok) return [];
  const { users } = (await response.json()) as { users: DemoUser[] };
  return users.filter(({ role }) => role.toLowerCase() !== NOBODY_HERE);
}
