import { createClient } from "@urql/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { listening } from "./listening";

/** A connection that is moved by the test, and notes what a browser would complain of: words to one that is being closed. */
class Connection {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  static made: Connection[] = [];

  readyState = Connection.CONNECTING;
  readonly said: string[] = [];
  readonly tooLate: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: ((error: unknown) => void) | null = null;

  constructor() {
    Connection.made.push(this);
  }

  send(text: string) {
    (this.readyState === Connection.OPEN ? this.said : this.tooLate).push(JSON.parse(text).type);
  }

  close() {
    this.readyState = Connection.CLOSING;
  }

  open() {
    this.readyState = Connection.OPEN;
    this.onopen?.();
  }

  hear(type: string) {
    this.onmessage?.({ data: JSON.stringify({ type }) });
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  Connection.made = [];
  vi.stubGlobal("WebSocket", Connection);
  vi.stubGlobal("location", { href: "http://127.0.0.1/console/" });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const asker = { client: createClient({ url: "/graphql", exchanges: [] }), token: null };
const nobody = () => undefined;

async function opened(): Promise<{ stop: () => void; connection: Connection }> {
  const stop = listening(asker, nobody, nobody);
  await vi.advanceTimersByTimeAsync(0);
  const connection = Connection.made[0];
  if (connection === undefined) throw new Error("nobody connects");
  connection.open();
  await vi.advanceTimersByTimeAsync(0);
  return { stop, connection };
}

test("who stays subscribes once the connection is acknowledged", async () => {
  const { stop, connection } = await opened();
  connection.hear("connection_ack");
  await vi.advanceTimersByTimeAsync(0);

  expect(connection.said).toEqual(["connection_init", "subscribe"]);
  stop();
});

test("who leaves while the connection comes about closes it, and says nothing more into it", async () => {
  const { stop, connection } = await opened();
  stop();
  connection.hear("connection_ack");
  await vi.advanceTimersByTimeAsync(60_000);

  expect(connection.readyState).toBe(Connection.CLOSING);
  expect(connection.said).toEqual(["connection_init"]);
  expect(connection.tooLate).toEqual([]);
  expect(Connection.made).toHaveLength(1);
});

test("who leaves after having subscribed ends that first", async () => {
  const { stop, connection } = await opened();
  connection.hear("connection_ack");
  await vi.advanceTimersByTimeAsync(0);
  stop();
  await vi.advanceTimersByTimeAsync(60_000);

  expect(connection.readyState).toBe(Connection.CLOSING);
  expect(connection.said).toEqual(["connection_init", "subscribe", "complete"]);
  expect(connection.tooLate).toEqual([]);
  expect(Connection.made).toHaveLength(1);
});
