/** `graphql-sse` 2, the reference client of GraphQL over server-sent events, in its mode of distinct connections. */
import { createClient } from "graphql-sse";
import { liveTests } from "./live.mjs";

liveTests((address, token, pause = async () => undefined) =>
  createClient({
    url: `${address}/graphql`,
    headers: () => ({ authorization: `Bearer ${token}` }),
    retryAttempts: Number.POSITIVE_INFINITY,
    retry: pause,
  }),
);
