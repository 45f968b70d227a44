/** Answers 回答: what a published operation says, as of the moment that the slider shows, and beside it what it says now. */
import type { AnyVariables, Client, TypedDocumentNode } from "@urql/core";
import { Kind, type OperationDefinitionNode } from "graphql";
import { useCallback, useEffect, useRef, useState } from "react";
import { ask, useClient } from "./client";
import { nameOf } from "./documents";
import { type Failure, failuresOf, retryOf } from "./failure";
import { type Following, follow, newPace } from "./following";
import { turnOf, useLive } from "./live";
import { pointOf } from "./moment";
import { usePlace } from "./place";
import { useSession } from "./session";

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

// What was answered as of a moment of the past stays true for this viewer, so it is asked once. Per client: another viewer, another cache.
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
  /** Which client asked: what was answered to somebody else is not what is asked now. */
  readonly by: Client | null;
  /** By whose token it was asked: what one was shown is not kept on the screen for whoever signs in, or out, after them. */
  readonly token: string | null;
  /** As of which moment the data is; null is now. */
  readonly moment: string | null;
}

interface Told {
  readonly position: string;
  readonly clock: string;
}

/** Whether an answer tells of a record that is behind the turn that is due: something was recorded while it was on its way. */
export function isBehind(told: Told | null, due: string): boolean {
  const [position = ""] = due.split(" ");
  return told !== null && position !== "" && BigInt(told.position) < BigInt(position);
}

/** The turns that are answered by an answer to what was due: the one that it tells of, and the one due unless it is behind that. */
export function turnsAnswered(told: Told | null, due: string): readonly string[] {
  if (told === null) return [due];
  return isBehind(told, due) ? [turnOf(told)] : [due, turnOf(told)];
}

/** Which present an answer tells of, where it says so. */
function toldBy(data: unknown): Told | null {
  const moment = (data as { moment?: Partial<Told> } | null | undefined)?.moment;
  const { position, clock } = moment ?? {};
  return typeof position === "string" && typeof clock === "string" ? { position, clock } : null;
}

/** The same as of a moment of the caller's choice, or now (null); nothing is asked unless it is `asking`. */
export function useAnswerAsOf<Data, Variables extends AnyVariables>(
  document: Document<Data, Variables>,
  variables: Asked<Variables>,
  at: string | null,
  asking: boolean,
): Answer<Data> {
  const client = useClient();
  const { turn, learn, learnPast } = useLive();
  const { doubt, token } = useSession();
  const [tries, setTries] = useState(0);
  const [held, setHeld] = useState<Held<Data>>({
    data: undefined,
    failures: [],
    answers: "",
    by: null,
    token,
    moment: null,
  });

  const moment = takesMoment(document) ? at : null;
  const given = JSON.stringify(moment === null ? variables : { ...variables, at: pointOf(moment) });
  const question = `${given} ${tries}`;
  // The past does not move; what is now is asked again at every turn of the record, unless the last answer was of that turn already.
  const due = moment === null ? turn : "";
  const dueNow = useRef(due);
  const following = useRef<Following | null>(null);
  const pace = useRef(newPace());

  useEffect(() => {
    if (!asking) return;
    const asked = JSON.parse(given) as Variables;
    const key = `${nameOf(document)} ${given}`;
    const kept = keptBy(client);
    const hear = (data: Data | undefined, failures: readonly Failure[]) => {
      setHeld((before) => ({
        // Of what failed, the last answer is shown; but never that of another moment under this one's heading.
        data: data ?? (before.moment === moment && before.token === token ? before.data : undefined),
        failures,
        answers: question,
        by: client,
        token,
        moment,
      }));
      const told = toldBy(data);
      if (told === null) return;
      if (moment === null) learn(told.position, told.clock);
      else learnPast(moment, told.position, told.clock);
    };
    if (moment !== null && kept.has(key)) {
      hear(kept.get(key) as Data, []);
      return;
    }
    const followed = follow(
      async (turn, signal) => {
        const { data, error } = await ask(client, document, asked, signal);
        // urql gives one answer to whoever asks the same while it is on its way: another one's may have been aborted.
        if (signal.aborted || error?.networkError?.name === "AbortError") return { turns: [], retryMs: null };
        const failures = failuresOf(error);
        if (moment !== null && failures.length === 0) {
          kept.set(key, data);
          const oldest = kept.size > KEPT_ANSWERS ? kept.keys().next().value : undefined;
          if (oldest !== undefined) kept.delete(oldest);
        }
        hear(data, failures);
        if (failures.some(({ code }) => code === "UNAUTHENTICATED")) doubt();
        return { turns: turnsAnswered(moment === null ? toldBy(data) : null, turn), retryMs: retryOf(failures) };
      },
      dueNow.current,
      pace.current,
    );
    following.current = followed;
    return () => {
      following.current = null;
      followed.stop();
    };
  }, [client, token, document, given, moment, question, asking, learn, learnPast, doubt]);

  useEffect(() => {
    dueNow.current = due;
    following.current?.due(due);
  }, [due]);

  const again = useCallback(() => setTries((count) => count + 1), []);
  const loading = asking && (held.answers !== question || held.by !== client);
  const mine = held.token === token;
  // A refusal is of the moment that was asked for: the end of a day that is not over is refused, and then that is asked which is now.
  const failures = mine && held.moment === moment ? held.failures : [];
  return { data: mine ? held.data : undefined, failures, loading, again };
}
