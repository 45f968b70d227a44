/** What people read for the kinds of event and the units: it comes with the first answer of each viewer, and is known for good. */
import type { Client } from "@urql/core";
import { createContext, type ReactNode, useContext, useMemo } from "react";
import { useClient } from "../client/client";
import type { EventsQuery } from "../generated/operations";
import type { InBoth } from "../words/language";

export interface Choices {
  readonly types: readonly { readonly type: string; readonly kind: string; readonly label: InBoth }[];
  /** The units' names by code. */
  readonly units: ReadonlyMap<string, InBoth>;
}

type Units = NonNullable<EventsQuery["moment"]["units"]>["nodes"];

const NONE: Choices = { types: [], units: new Map() };
const known = new WeakMap<Client, Choices>();

/** Whether a page has to ask for the choices: the same as long as the page stands, so that its question stays the same. */
export function useAsksChoices(of: "types" | "units"): boolean {
  const client = useClient();
  return useMemo(() => missing(client, of), [client, of]);
}

function missing(client: Client, of: "types" | "units"): boolean {
  const choices = known.get(client) ?? NONE;
  return of === "types" ? choices.types.length === 0 : choices.units.size === 0;
}

const ChoicesContext = createContext<Choices>(NONE);

/** Around what shows choices. What an answer brought of them is kept. */
export function ChoicesProvider({
  types,
  units,
  children,
}: {
  types?: Choices["types"] | undefined;
  units?: Units | undefined;
  children: ReactNode;
}) {
  const client = useClient();
  const before = known.get(client) ?? NONE;
  const choices: Choices = {
    types: types ?? before.types,
    units: units === undefined ? before.units : new Map(units.map(({ code, name }) => [code, name])),
  };
  known.set(client, choices);
  return <ChoicesContext value={choices}>{children}</ChoicesContext>;
}

/** The choices; none until they have come. */
export function useChoices(): Choices {
  return useContext(ChoicesContext);
}
