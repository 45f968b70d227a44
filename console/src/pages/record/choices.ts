/** What people read for the kinds of event and the units: asked once for each viewer, and known for good. */
import { type Client, createRequest } from "@urql/core";
import { useEffect, useState } from "react";
import { useClient } from "../../client/client";
import { EventChoicesDocument, type EventChoicesQuery } from "../../generated/operations";
import type { InBoth } from "../../words/language";

export interface Choices {
  readonly types: readonly { readonly type: string; readonly kind: string; readonly label: InBoth }[];
  /** The units' names by code. */
  readonly units: ReadonlyMap<string, InBoth>;
}

const NONE: Choices = { types: [], units: new Map() };
const known = new WeakMap<Client, Promise<Choices>>();

function choicesOf(client: Client): Promise<Choices> {
  const asked = client
    .executeQuery(createRequest<EventChoicesQuery, Record<string, never>>(EventChoicesDocument, {}))
    .toPromise();
  return asked.then(({ data }) => {
    if (data === undefined) {
      known.delete(client);
      return NONE;
    }
    const units = new Map(data.moment.units.nodes.map(({ code, name }) => [code, name]));
    return { types: data.record.eventTypes, units };
  });
}

/** The choices; none until they have come, and where they do not. */
export function useChoices(): Choices {
  const client = useClient();
  const [choices, setChoices] = useState(NONE);
  useEffect(() => {
    let dropped = false;
    const asked = known.get(client) ?? choicesOf(client);
    known.set(client, asked);
    void asked.then((found) => {
      if (!dropped) setChoices(found);
    });
    return () => {
      dropped = true;
    };
  }, [client]);
  return choices;
}
