/** Commands 指令: a mutation carried out, its refusal as it came, and every page refreshed by its receipt. */
import type { AnyVariables, TypedDocumentNode } from "@urql/core";
import { useCallback, useState } from "react";
import { useClient } from "./client";
import { type Failure, failuresOf } from "./failure";
import { useLive } from "./live";

/** The server's refusal: business, not failure. Its message comes in the reader's language. */
export interface Refused {
  readonly code: string;
  readonly message: string;
  /** The values that the message speaks of. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** At which version the noun is, where the command was meant for another one (StaleVersion). */
  readonly currentVersion?: number;
}

export interface Command<Data, Variables> {
  /** Carry it out; the data where it was accepted, undefined where it was refused or failed. */
  readonly give: (variables: Variables) => Promise<Data | undefined>;
  readonly running: boolean;
  readonly refused: Refused | null;
  readonly failures: readonly Failure[];
  /** Forget how the last one ended. */
  readonly clear: () => void;
}

interface Ended {
  readonly refused: Refused | null;
  readonly failures: readonly Failure[];
}

const FINE: Ended = { refused: null, failures: [] };

/** Every mutation has one field: a receipt with a position, or a Refusal. */
function outcomeOf(data: unknown): { position?: string; refused: Refused | null } {
  const [result] = Object.values((data ?? {}) as Record<string, unknown>);
  const { __typename, code, message, facts, currentVersion, position } = (result ?? {}) as Record<string, unknown>;
  if (__typename === "Refusal") {
    const known = typeof currentVersion === "number" ? { currentVersion } : {};
    return {
      refused: { code: String(code), message: String(message), facts: { ...(facts as object | undefined) }, ...known },
    };
  }
  return { refused: null, ...(typeof position === "string" ? { position } : {}) };
}

/** Give a command: `const accept = useCommand(AcceptTicketDocument); await accept.give({ input })`. */
export function useCommand<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
): Command<Data, Variables> {
  const client = useClient();
  const { learn } = useLive();
  const [running, setRunning] = useState(false);
  const [ended, setEnded] = useState<Ended>(FINE);

  const give = useCallback(
    async (variables: Variables) => {
      setRunning(true);
      setEnded(FINE);
      const { data, error } = await client.mutation(document, variables).toPromise();
      const { refused, position } = outcomeOf(data);
      setRunning(false);
      setEnded({ refused, failures: failuresOf(error) });
      if (position !== undefined) learn(position);
      return refused === null && error === undefined ? data : undefined;
    },
    [client, document, learn],
  );
  const clear = useCallback(() => setEnded(FINE), []);
  return { give, running, ...ended, clear };
}
