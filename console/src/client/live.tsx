/** Live 实时: where the record's head is, and when what is shown as `now` has to be asked again. */
import type { Client } from "@urql/core";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { dayOf } from "../words/dates";
import { useClient } from "./client";
import { listening } from "./listening";
import { useSession } from "./session";

/** What a source of news tells: the head of the record, and its clock. */
export interface News {
  readonly head: string;
  readonly recordedAt: string | null;
  readonly clock: string;
}

/** Who asks for news, and how. */
export interface Asker {
  readonly client: Client;
  readonly token: string | null;
}

/** Something that tells news until it is stopped: `listening` by subscription, or `polling`. */
export type NewsSource = (asker: Asker, told: (news: News) => void, lost: () => void) => () => void;

interface Live {
  /** The last event that is known; null until the server has answered. */
  readonly head: string | null;
  readonly recordedAt: string | null;
  /** What the record's clock says; it goes on by itself between news. */
  readonly clock: string | null;
  /** Whether the server answers. */
  readonly connected: boolean;
  /** Changes whenever answers about now may have changed: an event was recorded, or a day turned. */
  readonly turn: string;
  /** Take note of a position that a receipt names, without waiting for news. */
  readonly learn: (position: string) => void;
}

const LiveContext = createContext<Live | null>(null);

/** The later of two positions. They are digits in a string, for they may outgrow what a number holds. */
export function later(one: string | null, other: string): string {
  return one === null || BigInt(other) > BigInt(one) ? other : one;
}

export function LiveProvider({ children, source = listening }: { children: ReactNode; source?: NewsSource }) {
  const client = useClient();
  const { token } = useSession();
  const [news, setNews] = useState<News | null>(null);
  const [connected, setConnected] = useState(true);
  const clock = useTicking(news?.clock ?? null);

  useEffect(() => {
    const told = (next: News) => {
      setConnected(true);
      setNews((last) => {
        const head = later(last?.head ?? null, next.head);
        const same = last !== null && last.head === head && last.recordedAt === next.recordedAt;
        return same && dayOf(last.clock) === dayOf(next.clock) ? last : { ...next, head };
      });
    };
    return source({ client, token }, told, () => setConnected(false));
  }, [client, token, source]);

  const learn = useCallback((position: string) => {
    setNews((last) => (last === null ? last : { ...last, head: later(last.head, position) }));
  }, []);

  const live = useMemo<Live>(
    () => ({
      head: news?.head ?? null,
      recordedAt: news?.recordedAt ?? null,
      clock,
      connected,
      turn: news === null ? "" : `${news.head} ${dayOf(news.clock)}`,
      learn,
    }),
    [news, clock, connected, learn],
  );
  return <LiveContext value={live}>{children}</LiveContext>;
}

const TICK_MS = 20_000;

/** A clock that was told once, going on: to the minute, which is how it is shown. */
function useTicking(told: string | null): string | null {
  const [ticked, setTicked] = useState({ told, clock: told });
  useEffect(() => {
    if (told === null) return;
    const since = performance.now();
    const timer = setInterval(() => {
      setTicked({ told, clock: new Date(Date.parse(told) + performance.now() - since).toISOString() });
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [told]);
  return ticked.told === told ? ticked.clock : told;
}

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (live === null) throw new Error("there is no LiveProvider above");
  return live;
}
