/** The proof of an event, as the server gives it: asked once, and again while the last checkpoint does not reach so far yet. */
import { useEffect, useState } from "react";
import { ask as asking, useClient } from "../../client/client";
import { type Failure, failuresOf } from "../../client/failure";
import { ProofDocument, type ProofQuery } from "../../generated/operations";

export interface Proving {
  readonly record: ProofQuery["record"] | null;
  readonly failures: readonly Failure[];
  /** Whether no checkpoint reaches the event yet; one is signed every second or so. */
  readonly awaited: boolean;
  readonly again: () => void;
}

const AGAIN_MS = 1_500;
const MOST_TRIES = 40;

export function useProof(position: string): Proving {
  const client = useClient();
  const [asked, setAsked] = useState(0);
  const [found, setFound] = useState<Omit<Proving, "again">>({ record: null, failures: [], awaited: false });

  // biome-ignore lint/correctness/useExhaustiveDependencies: `asked` is how the reader asks again
  useEffect(() => {
    let dropped = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (triesLeft: number) => {
      const { data, error } = await asking(client, ProofDocument, { position });
      if (dropped) return;
      const failures = failuresOf(error);
      const early = failures.some(({ code }) => code === "NOT_SIGNED_YET" || code === "NOTHING_SIGNED");
      const awaited = early && triesLeft > 0;
      setFound({ record: data?.record ?? null, failures: awaited ? [] : failures, awaited });
      if (awaited) timer = setTimeout(() => void ask(triesLeft - 1), AGAIN_MS);
    };
    void ask(MOST_TRIES);
    return () => {
      dropped = true;
      clearTimeout(timer);
    };
  }, [client, position, asked]);

  return { ...found, again: () => setAsked((count) => count + 1) };
}
