/** News by subscription: the published `Changes` over a WebSocket, and by asking every few seconds while there is none. */
import { createClient } from "graphql-ws";
import { ChangesDocument, type ChangesSubscription } from "../generated/operations";
import { GRAPHQL } from "./client";
import { textOf } from "./documents";
import type { NewsSource } from "./live";
import { headOf, polling } from "./polling";

/** Events that come together are one reason to ask. */
const TOGETHER_MS = 40;
const AGAIN_MS = 2_000;
const LONGEST_PAUSE_MS = 15_000;

export const listening: NewsSource = (asker, told, lost) => {
  const { client, token } = asker;
  let stopped = false;
  let asking: ReturnType<typeof setTimeout> | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let stopPolling: (() => void) | null = polling(asker, told, lost);

  // An item says that something moved; the head and the clock are then asked for together.
  const ask = () => {
    asking ??= setTimeout(async () => {
      asking = undefined;
      const news = await headOf(client);
      if (news !== null && !stopped) told(news);
    }, TOGETHER_MS);
  };

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
        stopPolling?.();
        stopPolling = null;
        ask();
      },
      closed: () => {
        if (!stopped) stopPolling ??= polling(asker, told, lost);
      },
    },
  });

  // Nothing is resumed: whatever was missed is in the answers that the head's next position brings.
  let position = "";
  const subscribe = () => {
    if (stopped) return;
    const resubscribe = () => {
      again = setTimeout(subscribe, AGAIN_MS);
    };
    socket.subscribe<ChangesSubscription>(
      { query: textOf(ChangesDocument), operationName: "Changes" },
      {
        next: ({ data }) => {
          const item = data?.changes;
          if (item === undefined || (item.__typename === "Bookmark" && item.position === position)) return;
          position = item.position;
          ask();
        },
        error: resubscribe,
        complete: resubscribe,
      },
    );
  };
  subscribe();

  return () => {
    stopped = true;
    clearTimeout(asking);
    clearTimeout(again);
    stopPolling?.();
    void socket.dispose();
  };
};
