/**
 * The question of the first page, asked before the page is there: the server answers while the browser still reads the console.
 *
 * Nothing of React or urql is imported here, for what is to be asked early must itself be small.
 */
import { HASHES } from "../generated/hashes";
import { preferred } from "../words/preferred";

export const GRAPHQL = "/graphql";

/** What every question carries. urql would also take an event stream, of which no browser keeps anything. */
export function headersFor(token: string | null, language: string): Record<string, string> {
  return {
    accept: "application/graphql-response+json, application/json",
    "accept-language": language,
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
  };
}

/** A published operation with its variables, sorted by name as urql sorts them. */
export interface Question {
  readonly name: keyof typeof HASHES;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** The address by which urql asks for it. */
export function askedAt({ name, variables }: Question): string {
  const asked = new URLSearchParams({
    operationName: name,
    variables: JSON.stringify(variables),
    extensions: JSON.stringify({ persistedQuery: { sha256Hash: HASHES[name], version: 1 } }),
  });
  return `${GRAPHQL}?${asked}`;
}

const early = new Map<string, Promise<Response>>();

function keyOf(address: string, headers: HeadersInit | undefined): string {
  const sent = new Headers(headers);
  return [address, ...["authorization", "accept-language"].map((name) => sent.get(name) ?? "")].join("\n");
}

/** Ask now what somebody will ask soon, as who is signed in and in the language that is spoken. */
export function askEarly(
  question: Question,
  token: string | null,
  kept: string | null,
  spoken: readonly string[],
): void {
  const address = askedAt(question);
  const headers = headersFor(token, preferred(kept, spoken));
  const answer = fetch(address, { headers });
  // Who takes it hears of a failure; where nobody does, nobody misses it.
  answer.catch(() => undefined);
  early.set(keyOf(address, headers), answer);
}

/** The answer to a question that was asked early in just these words; once, for what comes after asks anew. */
export function askedBefore(input: RequestInfo | URL, init: RequestInit | undefined): Promise<Response> | undefined {
  if (early.size === 0) return undefined;
  const key = keyOf(String(input), init?.headers);
  const answer = early.get(key);
  early.delete(key);
  return answer;
}
