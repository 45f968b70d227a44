/** What may be done with a project, as its reader meets it: what is open first, and the rest by the reason against it. */

/** What the page itself has a form for. */
export const FORMS = ["reachMilestone", "forecastMilestone", "assignLeader"] as const;
export type Form = (typeof FORMS)[number];

export interface Permission {
  readonly action: string;
  readonly allowed: boolean;
  readonly because?: { readonly code: string; readonly message: string } | null | undefined;
}

export interface Permitted {
  /** Open to the viewer, by a form of this page. */
  readonly forms: readonly Form[];
  /** Open to the viewer, through the API. */
  readonly others: readonly string[];
  /** Not open, by the reason: every reason is said once. */
  readonly closed: readonly { readonly message: string; readonly code: string; readonly actions: readonly string[] }[];
}

/** The permissions of a project in that order. */
export function permitted(may: readonly Permission[]): Permitted {
  const allowed = may.filter((each) => each.allowed).map(({ action }) => action);
  const closed = new Map<string, { message: string; code: string; actions: string[] }>();
  for (const { action, because } of may) {
    if (because === null || because === undefined) continue;
    const reason = closed.get(because.message) ?? { ...because, actions: [] };
    reason.actions.push(action);
    closed.set(because.message, reason);
  }
  return {
    forms: FORMS.filter((form) => allowed.includes(form)),
    others: allowed.filter((action) => !FORMS.some((form) => form === action)),
    closed: [...closed.values()],
  };
}
