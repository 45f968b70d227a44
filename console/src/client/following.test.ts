import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { follow, gapAfter, newPace } from "./following";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A server that takes so long for every answer, and notes what it was asked. */
function serverTaking(tookMs: number, retries: (number | null)[] = []) {
  const asked: string[] = [];
  const most = { atOnce: 0 };
  let running = 0;
  const aborted: string[] = [];
  const ask = async (turn: string, signal: AbortSignal) => {
    asked.push(turn);
    running += 1;
    most.atOnce = Math.max(most.atOnce, running);
    signal.addEventListener("abort", () => aborted.push(turn));
    await new Promise((done) => setTimeout(done, tookMs));
    running -= 1;
    return { turns: [turn], retryMs: retries.shift() ?? null };
  };
  return { ask, asked, aborted, most };
}

test("the gap is twice what the last answer took, between a quarter of a second and ten", () => {
  expect([0, 100, 500, 60_000].map(gapAfter)).toEqual([250, 250, 1_000, 10_000]);
});

test("forty events in six seconds are a few questions, one at a time, and the last event is answered", async () => {
  const { ask, asked, most } = serverTaking(300);
  const following = follow(ask, "0", newPace());

  for (let event = 1; event <= 40; event += 1) {
    await vi.advanceTimersByTimeAsync(150);
    following.due(String(event));
  }
  await vi.advanceTimersByTimeAsync(5_000);

  expect(most.atOnce).toBe(1);
  expect(asked.length).toBeLessThanOrEqual(1 + Math.ceil(6_000 / 900) + 1);
  expect(asked.at(-1)).toBe("40");
});

test("a turn that an answer told of already is no reason to ask", async () => {
  const { ask, asked } = serverTaking(10);
  const following = follow(ask, "7", newPace());
  await vi.advanceTimersByTimeAsync(1_000);

  following.due("7");
  await vi.advanceTimersByTimeAsync(1_000);

  expect(asked).toEqual(["7"]);
});

test("who was told to wait waits for so long, and then asks again", async () => {
  const { ask, asked } = serverTaking(10, [4_000]);
  const following = follow(ask, "1", newPace());

  await vi.advanceTimersByTimeAsync(1_000);
  following.due("2");
  await vi.advanceTimersByTimeAsync(2_900);
  const early = [...asked];
  await vi.advanceTimersByTimeAsync(200);

  expect(early).toEqual(["1"]);
  expect(asked).toEqual(["1", "2"]);
});

test("a question that is superseded is aborted, and the next one of the page keeps the pace", async () => {
  const pace = newPace();
  const { ask, asked, aborted } = serverTaking(600);
  const first = follow(ask, "first", pace);
  await vi.advanceTimersByTimeAsync(200);

  first.stop();
  follow(ask, "second", pace);
  const atOnce = [...asked];
  await vi.advanceTimersByTimeAsync(400);

  expect(aborted).toEqual(["first"]);
  expect(atOnce).toEqual(["first"]);
  expect(asked).toEqual(["first", "second"]);
});
