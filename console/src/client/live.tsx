/** Live 实时: where the record's head is, and when what is shown as `now` has to be asked again. */
import type { Client } from "@urql/core";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { dayOf } from "../words/dates";
import { isPosition } from "./address";
import { hearClock, useClient } from "./client";
import { listening } from "./listening";
import { usePlace } from "./place";
import { EVERY_MS, newsOf } from "./polling";
import { useSession } from "./session";

/** What a source of news tells: the head of the record, and the clock of that moment where it is known. */
export interface News {
  readonly head: string;
  readonly clock: string | null;
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
  /** What the record's clock says; it goes on by itself between answers. */
  readonly clock: string | null;
  /** Whether the server answers. */
  readonly connected: boolean;
  /** Changes whenever answers about now may have changed: an event was recorded, or a day turned. Empty until one is known. */
  readonly turn: string;
  /** Take note of a position that a receipt or an answer names, without waiting for news. */
  readonly learn: (position: string, clock?: string) => void;
  /** The last moment of the past that an answer told of. */
  readonly past: PastMoment | null;
  /** Take note of what an answer says of a moment of the past: when its last event was recorded. */
  readonly learnPast: (at: string, position: string, clock: string) => void;
}

interface PastMoment {
  /** As the address names it. */
  readonly at: string;
  readonly position: string;
  readonly clock: string;
}

/** How long the page's own answer has to tell where the record stands, before that is asked apart. */
export const SILENT_MS = 1_500;

const LiveContext = createContext<Live | null>(null);

/** The later of two positions. They are digits in a string, for they may outgrow what a number holds. */
export function later(one: string | null, other: string): string {
  return one === null || BigInt(other) > BigInt(one) ? other : one;
}

/** Which turn of the record a present is of: answers of one turn are the same. */
export function turnOf({ position, clock }: { readonly position: string; readonly clock: string }): string {
  return `${position} ${dayOf(clock)}`;
}

/** The news after more of it; the same object where nothing is new. */
function joined(last: News | null, next: News): News {
  const head = later(last?.head ?? null, next.head);
  const day = next.clock === null ? null : dayOf(next.clock);
  const before = last === null || last.clock === null ? null : dayOf(last.clock);
  const clock = day !== null && (before === null || day > before) ? next.clock : (last?.clock ?? null);
  return last !== null && last.head === head && last.clock === clock ? last : { head, clock };
}

export function LiveProvider({ children, source = listening }: { children: ReactNode; source?: NewsSource }) {
  const client = useClient();
  const { token, refused } = useSession();
  const { at } = usePlace();
  const [news, setNews] = useState<News | null>(null);
  const [connected, setConnected] = useState(true);
  const [heard, setHeard] = useState<string | null>(null);
  const clock = useTicking(heard ?? news?.clock ?? null);

  useEffect(() => hearClock(setHeard), []);
  useEffect(() => {
    // Whoever is told nothing at all is not cut off from the server: it answers, and says so.
    setConnected(true);
    if (refused !== null) return;
    const told = (next: News) => {
      setConnected(true);
      setNews((last) => joined(last, next));
    };
    return source({ client, token }, told, () => setConnected(false));
  }, [client, token, source, refused]);

  // The page's own answer tells where the record stands. A page that asks nothing, or waits for long, is told apart.
  // A page of the past does not: there the socket tells the head, and the header of its answer the clock.
  const present = news?.clock ?? heard;
  const known = news !== null && present !== null;
  // Of a page of the past that tells nothing, the slider asks for its moment first, and the header of that answer tells the clock.
  const patience = at === null ? SILENT_MS : 2 * SILENT_MS;
  useEffect(() => {
    if (known || refused !== null) return;
    let dropped = false;
    let silent: ReturnType<typeof setTimeout>;
    const look = async () => {
      const told = await newsOf(client);
      if (dropped) return;
      if (told === null) silent = setTimeout(look, EVERY_MS);
      else setNews((last) => joined(last, told));
    };
    silent = setTimeout(look, patience);
    return () => {
      dropped = true;
      clearTimeout(silent);
    };
  }, [client, known, patience, refused]);

  const learn = useCallback((position: string, clock?: string) => {
    setNews((last) => joined(last, { head: position, clock: clock ?? null }));
  }, []);

  const [past, setPast] = useState<PastMoment | null>(null);
  const learnPast = useCallback((at: string, position: string, told: string) => {
    setPast((before) =>
      before?.at === at && before.position === position && before.clock === told
        ? before
        : { at, position, clock: told },
    );
  }, []);

  const live = useMemo<Live>(
    () => ({
      head: news?.head ?? null,
      clock,
      connected,
      turn: news === null || present === null ? "" : turnOf({ position: news.head, clock: present }),
      learn,
      past,
      learnPast,
    }),
    [news, clock, present, connected, learn, past, learnPast],
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

/** The last event that the moment shown knows; null until that is known. */
export function useLastShown(): string | null {
  const { at } = usePlace();
  const { head, past } = useLive();
  if (at === null) return head;
  if (isPosition(at)) return at;
  return past?.at === at ? past.position : null;
}

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (live === null) throw new Error("there is no LiveProvider above");
  return live;
}
