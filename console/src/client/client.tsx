/** The GraphQL client: one per token and language, so that nobody sees what was answered to somebody else. */
import {
  type AnyVariables,
  Client,
  createRequest,
  fetchExchange,
  type OperationResult,
  type TypedDocumentNode,
} from "@urql/core";
import { createContext, type ReactNode, useContext, useMemo } from "react";
import { HASHES } from "../generated/hashes";
import { useLanguage } from "../words/language";
import { nameOf } from "./documents";
import { askedBefore, GRAPHQL, headersFor } from "./early";
import { useSession } from "./session";

const CLOCK = "x-txapi-clock";
const NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND";

/** Who wants to hear what the server's clock says, with every answer. */
const hearers = new Set<(clock: string) => void>();

/** Hear what the server's clock says whenever it answers; the answer's own moment may be an unchanged one of this morning. */
export function hearClock(hear: (clock: string) => void): () => void {
  hearers.add(hear);
  return () => {
    hearers.delete(hear);
  };
}

/**
 * Fetch, until the asker's own signal. urql's own aborts a request once it has its answer, and Chromium then complains that the
 * body was aborted.
 */
function fetchUntil(signal: AbortSignal | null): typeof fetch {
  return async (input, init) => {
    const response = await (askedBefore(input, init) ?? fetch(input, { ...init, signal }));
    const clock = response.headers.get(CLOCK);
    if (clock !== null) for (const hear of hearers) hear(clock);
    return response;
  };
}

/** A client that carries a token, and asks for messages in a language. */
export function clientFor(token: string | null, language: string, url: string = GRAPHQL): Client {
  return new Client({
    url,
    // No cache between the documents and the wire but the browser's own: what is past never changes and is kept by
    // `useAnswer`; what is now is asked by GET, so that the browser sends the tag that it has and is told when nothing changed.
    exchanges: [fetchExchange],
    preferGetMethod: true,
    requestPolicy: "network-only",
    fetch: fetchUntil(null),
    fetchOptions: () => ({
      headers: headersFor(token, language),
    }),
  });
}

/** Ask a published question: by its hash, which fits into an address, and with its text where a server does not know that. */
export async function ask<Data, Variables extends AnyVariables>(
  client: Client,
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<OperationResult<Data, Variables>> {
  const context = signal === undefined ? {} : { fetch: fetchUntil(signal) };
  const name = nameOf(document as TypedDocumentNode<unknown, never>);
  const sha256Hash = (HASHES as Readonly<Record<string, string>>)[name];
  const whole = createRequest(document, variables);
  if (sha256Hash !== undefined) {
    const short = createRequest(document, variables, { persistedQuery: { version: 1, sha256Hash } });
    const result = await client.executeQuery(short, context).toPromise();
    const unknown = result.error?.graphQLErrors.some(({ extensions }) => extensions.code === NOT_FOUND) ?? false;
    if (!unknown || signal?.aborted) return result;
  }
  return client.executeQuery(whole, context).toPromise();
}

const ClientContext = createContext<Client | null>(null);

export function ClientProvider({ children }: { children: ReactNode }) {
  const { token } = useSession();
  const { language } = useLanguage();
  const client = useMemo(() => clientFor(token, language), [token, language]);
  return <ClientContext value={client}>{children}</ClientContext>;
}

export function useClient(): Client {
  const client = useContext(ClientContext);
  if (client === null) throw new Error("there is no ClientProvider above");
  return client;
}
