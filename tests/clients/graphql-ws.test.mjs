/** `graphql-ws` 6, the reference client of graphql-transport-ws. */
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { liveTests } from "./live.mjs";

liveTests((address, token, pause = async () => undefined) =>
  createClient({
    url: `${address.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: () => ({ authorization: `Bearer ${token}` }),
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: pause,
  }),
);
