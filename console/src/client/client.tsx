/** The GraphQL client: one per token and language, so that nobody sees what was answered to somebody else. */
import { Client, fetchExchange } from "@urql/core";
import { createContext, type ReactNode, useContext, useMemo } from "react";
import { useLanguage } from "../words/language";
import { useSession } from "./session";

export const GRAPHQL = "/graphql";

/** A client that carries a token, and asks for messages in a language. */
export function clientFor(token: string | null, language: string, url: string = GRAPHQL): Client {
  return new Client({
    url,
    // No cache between the documents and the wire: what is past never changes and is kept by `useAnswer`, what is now is
    // asked anew when the record says that it moved. So documents are sent exactly as they are published.
    exchanges: [fetchExchange],
    preferGetMethod: false,
    requestPolicy: "network-only",
    // urql aborts a request once it has its answer, and Chromium then complains that the body was aborted.
    fetch: (input, init) => fetch(input, { ...init, signal: null }),
    fetchOptions: () => ({
      headers: { "accept-language": language, ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
    }),
  });
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
