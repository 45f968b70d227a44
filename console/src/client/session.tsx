/** Who is signed in: the token, kept for this tab alone and gone with it. */
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react";
import type { InBoth } from "../words/language";

export const KEPT_TOKEN = "txapi.token";

interface Session {
  readonly token: string | null;
  readonly signIn: (token: string) => void;
  readonly signOut: () => void;
}

const SessionContext = createContext<Session | null>(null);

export function SessionProvider({ children }: { children: ReactNode }) {
  const [token, setToken] = useState(() => sessionStorage.getItem(KEPT_TOKEN));
  const signIn = useCallback((given: string) => {
    sessionStorage.setItem(KEPT_TOKEN, given);
    setToken(given);
  }, []);
  const signOut = useCallback(() => {
    sessionStorage.removeItem(KEPT_TOKEN);
    setToken(null);
  }, []);
  const session = useMemo(() => ({ token, signIn, signOut }), [token, signIn, signOut]);
  return <SessionContext value={session}>{children}</SessionContext>;
}

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("there is no SessionProvider above");
  return session;
}

/** Somebody whom a demonstration lets one be. */
export interface DemoUser {
  readonly subject: string;
  readonly role: string;
  readonly roleLabel: InBoth;
  readonly unit: string | null;
  readonly unitName: InBoth | null;
  readonly token: string;
}

/** Whom the demonstration lets one be; nobody where the server is no demonstration, or does not tell this browser. */
export async function demoUsers(): Promise<readonly DemoUser[]> {
  const response = await fetch("/demo/users", { headers: { accept: "application/json" } });
  if (!response.ok) return [];
  return ((await response.json()) as { users: DemoUser[] }).users;
}
