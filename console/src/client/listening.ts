/** News by subscription: the published `Changes` over a WebSocket, and by asking every few seconds while there is none. */
import { createClient } from "graphql-ws";
import { ChangesDocument, type ChangesSubscription } from "../generated/operations";
import { textOf } from "./documents";
import { GRAPHQL } from "./early";
import type { NewsSource } from "./live";
import { newsOf, polling } from "./polling";

/** Events that come together are one reason to ask. */
const TOGETHER_MS = 40;
const AGAIN_MS = 2_000;
const LONGEST_PAUSE_MS = 15_000;
/** How long a connection may take to come about, before the server is asked every few seconds meanwhile. */
const SILENT_MS = 3_000;

export const listening: NewsSource = (asker, told, lost) => {
  const { client, token } = asker;
  let stopped = false;
  let telling: ReturnType<typeof setTimeout> | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let stopPolling: (() => void) | null = null;
  let unsubscribe = () => {};
  let position = "";

  // The position alone is news enough: whoever shows what was true before asks again, and learns the time with the answer.
  const tell = () => {
    telling ??= setTimeout(() => {
      telling = undefined;
      if (!stopped) told({ head: position, clock: null });
    }, TOGETHER_MS);
  };
  const askTheDay = async () => {
    const news = await newsOf(client);
    if (news !== null && !stopped) told(news);
  };
  const poll = () => {
    if (!stopped) stopPolling ??= polling(asker, told, lost);
  };
  const waiting = setTimeout(poll, SILENT_MS);

  const address = new URL(GRAPHQL, location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const socket = createClient({
    url: address.href,
    connectionParams: token === null ? {} : { authorization: `Bearer ${token}` },
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => !stopped,
    retryWait: (retries) =>
      new Promise((done) => setTimeout(done, Math.min(LONGEST_PAUSE_MS, 500 * 2 ** retries) * (0.5 + Math.random()))),
    on: {
      connected: () => {
        clearTimeout(waiting);
        stopPolling?.();
        stopPolling = null;
      },
      closed: poll,
    },
  });

  // Nothing is resumed: whatever was missed is in the answers that the head's next position brings.
  const subscribe = () => {
    if (stopped) return;
    const resubscribe = () => {
      again = setTimeout(subscribe, AGAIN_MS);
    };
    unsubscribe = socket.subscribe<ChangesSubscription>(
      { query: textOf(ChangesDocument), operationName: "Changes" },
      {
        next: ({ data }) => {
          const item = data?.changes;
          if (item === undefined || (item.__typename === "Bookmark" && item.position === position)) return;
          position = item.position;
          if (item.__typename === "DayTurned") void askTheDay();
          else tell();
        },
        error: resubscribe,
        complete: resubscribe,
      },
    );
  };
  subscribe();

  return () => {
    stopped = true;
    clearTimeout(waiting);
    clearTimeout(telling);
    clearTimeout(again);
    stopPolling?.();
    // Before the connection goes: who waits for one that is closed as it comes about would still subscribe on it.
    unsubscribe();
    // A connection that is refused as it comes about fails for whoever waits to close it: then there is nothing to close.
    Promise.resolve(socket.dispose()).catch(() => undefined);
  };
};
