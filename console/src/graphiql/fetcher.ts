/** How GraphiQL asks: over HTTP, and subscriptions over a WebSocket, each with the token of whoever was chosen. */
import type { Fetcher } from "@graphiql/toolkit";
import { type FormattedExecutionResult, Kind, parse } from "graphql";
import { createClient } from "graphql-ws";
import { GRAPHQL } from "../client/early";

function isSubscription(query: string, operationName: string | null | undefined): boolean {
  try {
    return parse(query).definitions.some(
      (each) =>
        each.kind === Kind.OPERATION_DEFINITION &&
        each.operation === "subscription" &&
        (!operationName || each.name?.value === operationName),
    );
  } catch {
    return false;
  }
}

/** A fetcher that carries the token which `token` gives at that time. */
export function fetcherFor(token: () => string | null): Fetcher {
  const authorization = (): Record<string, string> => {
    const carried = token();
    return carried === null ? {} : { authorization: `Bearer ${carried}` };
  };
  return async (params, options) => {
    if (isSubscription(params.query, params.operationName)) {
      const url = new URL(GRAPHQL, location.href);
      url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
      const client = createClient({
        url: url.href,
        retryAttempts: 0,
        connectionParams: { ...authorization(), ...options?.headers },
      });
      return client.iterate<Record<string, unknown>>({
        query: params.query,
        variables: params.variables as Record<string, unknown> | null,
        operationName: params.operationName ?? null,
      }) as AsyncIterableIterator<FormattedExecutionResult>;
    }
    const response = await fetch(GRAPHQL, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/graphql-response+json, application/json;q=0.9",
        ...authorization(),
        ...options?.headers,
      },
      body: JSON.stringify(params),
    });
    return response.json();
  };
}
