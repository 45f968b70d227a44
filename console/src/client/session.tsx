/** Who is signed in: the token, kept for this tab alone and gone with it. */
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react";
import type { Role } from "../generated/operations";
import type { InBoth } from "../words/language";
import { KEPT_TOKEN } from "./token";

const KEPT_VIEWER = "txapi.viewer";

/** Who the server says that the token is of. */
export interface SignedIn {
  readonly subject: string;
  readonly role: Role;
  readonly units: readonly { readonly code: string; readonly name: InBoth }[];
  /** The commands that this role may give at all; what they are about decides the rest. */
  readonly may: readonly { readonly action: string }[];
}

/** Whether somebody may give one of these commands at all. Of whom nothing is known yet, the server is to judge. */
export function mayGive(viewer: SignedIn | null, ...actions: readonly string[]): boolean {
  return viewer === null || viewer.may.some(({ action }) => actions.includes(action));
}

interface Session {
  readonly token: string | null;
  /** Null until the server has said; kept with the token, so that a page that is loaded need not ask. */
  readonly viewer: SignedIn | null;
  readonly know: (viewer: SignedIn) => void;
  /** The server took the token for no good: who it is of has to be asked again. */
  readonly doubt: () => void;
  /** Why the server answers nothing to whoever carries this token, in its own words; null where it does, or has not said. */
  readonly refused: string | null;
  readonly refuse: (because: string) => void;
  readonly signIn: (token: string) => void;
  readonly signOut: () => void;
}

const SessionContext = createContext<Session | null>(null);

function keptViewer(): SignedIn | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT_VIEWER) ?? "null") as SignedIn | null;
    // An earlier version of this page kept less.
    return kept?.may === undefined ? null : kept;
  } catch {
    return null;
  }
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const [token, setToken] = useState(() => sessionStorage.getItem(KEPT_TOKEN));
  const [viewer, setViewer] = useState(() => (token === null ? null : keptViewer()));
  const know = useCallback((told: SignedIn) => {
    sessionStorage.setItem(KEPT_VIEWER, JSON.stringify(told));
    setViewer(told);
  }, []);
  const [refused, refuse] = useState<string | null>(null);
  const doubt = useCallback(() => {
    sessionStorage.removeItem(KEPT_VIEWER);
    setViewer(null);
  }, []);
  const signIn = useCallback(
    (given: string) => {
      sessionStorage.setItem(KEPT_TOKEN, given);
      doubt();
      refuse(null);
      setToken(given);
    },
    [doubt],
  );
  const signOut = useCallback(() => {
    sessionStorage.removeItem(KEPT_TOKEN);
    doubt();
    refuse(null);
    setToken(null);
  }, [doubt]);
  const session = useMemo(
    () => ({ token, viewer, know, doubt, refused, refuse, signIn, signOut }),
    [token, viewer, know, doubt, refused, signIn, signOut],
  );
  return <SessionContext value={session}>{children}</SessionContext>;
}

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("there is no SessionProvider above");
  return session;
}
