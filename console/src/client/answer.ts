/** Answers 回答: what a published operation says, as of the moment that the slider shows, and beside it what it says now. */
import { type AnyVariables, type Client, createRequest, type TypedDocumentNode } from "@urql/core";
import { Kind, type OperationDefinitionNode } from "graphql";
import { useCallback, useEffect, useState } from "react";
import { useClient } from "./client";
import { type Failure, failuresOf } from "./failure";
import { useLive } from "./live";
import { usePlace } from "./place";

export interface Answer<Data> {
  /** The last answer; the one before is kept while the next is on its way, so that nothing jumps. */
  readonly data: Data | undefined;
  readonly failures: readonly Failure[];
  /** Whether an answer to what is asked now is on its way. */
  readonly loading: boolean;
  /** Ask again. */
  readonly again: () => void;
}

export interface Compared<Data> extends Answer<Data> {
  /** What the same operation says now, where the reader compares with now; undefined otherwise. */
  readonly now: Data | undefined;
}

type Document<Data, Variables extends AnyVariables> = TypedDocumentNode<Data, Variables>;
/** The variables of a page's operation. The moment is not among them: the slider sets it. */
export type Asked<Variables> = Omit<Variables, "at">;

/** Whether an operation can be asked as of a moment. */
export function takesMoment(document: TypedDocumentNode<unknown, never>): boolean {
  return document.definitions.some(
    (each) =>
      each.kind === Kind.OPERATION_DEFINITION &&
      (each as OperationDefinitionNode).variableDefinitions?.some((one) => one.variable.name.value === "at"),
  );
}

// What was answered as of a position stays true for this viewer, so it is asked once. Per client: another viewer, another cache.
const KEPT_ANSWERS = 200;
const past = new WeakMap<Client, Map<string, unknown>>();

function keptBy(client: Client): Map<string, unknown> {
  const kept = past.get(client) ?? new Map<string, unknown>();
  past.set(client, kept);
  return kept;
}

/** What an operation says as of the moment that the slider shows; asked again when the record moves, where that is now. */
export function useAnswer<Data, Variables extends AnyVariables>(
  document: Document<Data, Variables>,
  variables: Asked<Variables>,
): Answer<Data> {
  const { at } = usePlace();
  return useAnswerAsOf(document, variables, at, true);
}

/** The same, and beside it what the operation says now, while the reader compares with now. */
export function useCompared<Data, Variables extends AnyVariables>(
  document: Document<Data, Variables>,
  variables: Asked<Variables>,
): Compared<Data> {
  const { at, comparing } = usePlace();
  const shown = useAnswerAsOf(document, variables, at, true);
  const now = useAnswerAsOf(document, variables, null, at !== null && comparing);
  return { ...shown, now: at !== null && comparing ? now.data : undefined };
}

interface Held<Data> {
  readonly data: Data | undefined;
  readonly failures: readonly Failure[];
  readonly answers: string;
}

/** The same as of a moment of the caller's choice, or now (null); nothing is asked where it is not `wanted`. */
export function useAnswerAsOf<Data, Variables extends AnyVariables>(
  document: Document<Data, Variables>,
  variables: Asked<Variables>,
  at: string | null,
  wanted: boolean,
): Answer<Data> {
  const client = useClient();
  const { turn } = useLive();
  const [tries, setTries] = useState(0);
  const [held, setHeld] = useState<Held<Data>>({ data: undefined, failures: [], answers: "" });

  const moment = takesMoment(document) ? at : null;
  const given = JSON.stringify(moment === null ? variables : { ...variables, at: { position: moment } });
  // The past does not move; what is now is asked again at every turn of the record.
  const question = `${given} ${moment === null ? turn : ""} ${tries}`;

  useEffect(() => {
    if (!wanted) return;
    let dropped = false;
    const request = createRequest(document, JSON.parse(given) as Variables);
    const key = `${request.key} ${given}`;
    const kept = keptBy(client);
    if (moment !== null && kept.has(key)) {
      setHeld({ data: kept.get(key) as Data, failures: [], answers: question });
      return;
    }
    void client
      .executeQuery(request)
      .toPromise()
      .then(({ data, error }) => {
        const failures = failuresOf(error);
        if (moment !== null && failures.length === 0) {
          kept.set(key, data);
          const oldest = kept.size > KEPT_ANSWERS ? kept.keys().next().value : undefined;
          if (oldest !== undefined) kept.delete(oldest);
        }
        if (!dropped) setHeld((last) => ({ data: data ?? last.data, failures, answers: question }));
      });
    return () => {
      dropped = true;
    };
  }, [client, document, given, moment, question, wanted]);

  const again = useCallback(() => setTries((count) => count + 1), []);
  return { data: held.data, failures: held.failures, loading: wanted && held.answers !== question, again };
}
