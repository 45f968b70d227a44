import { afterEach, expect, test, vi } from "vitest";
import { ask, clientFor } from "./client/client";
import { askEarly, askedAt } from "./client/early";
import { pointOf } from "./client/moment";
import { questionOf } from "./first";
import { BoardDocument, type BoardQueryVariables } from "./generated/operations";
import { askedBy } from "./pages/board/asked";

afterEach(() => {
  vi.unstubAllGlobals();
});

const ANSWER = { data: { moment: null } };

/** What the page itself asks at an address, after what was asked early for it; as somebody, in a language. */
async function opened(address: string, early: { token: string | null; language: "zh" | "en" }) {
  const fetched: [string, Headers][] = [];
  vi.stubGlobal("fetch", async (input: string, init: RequestInit) => {
    fetched.push([input, new Headers(init.headers)]);
    return new Response(JSON.stringify(ANSWER), { headers: { "content-type": "application/json" } });
  });
  const url = new URL(address, "http://city.example");
  const question = questionOf(url);
  if (question === null) throw new Error("nothing is asked early");
  askEarly(question, early.token, early.language, []);
  const at = url.searchParams.get("at");
  const variables: BoardQueryVariables = {
    ...askedBy(url.searchParams),
    ...(at === null ? {} : { at: pointOf(at) }),
  };
  const client = clientFor("clerk", "zh");
  const answers = [await ask(client, BoardDocument, variables), await ask(client, BoardDocument, variables)];
  return { fetched, answers };
}

test.each([
  "/console/board",
  "/console/board?year=2015&whose=wutong",
  "/console/board?at=290&compare&whose=tx-edz",
  "/console/board?at=2015-08-06",
  "/console/board?at=2015-08-06T20:00:00%2B08:00",
])("what the board asks at %s was asked before it was there, once", async (address) => {
  const { fetched, answers } = await opened(address, { token: "clerk", language: "zh" });

  expect(answers.map(({ data }) => data)).toEqual([ANSWER.data, ANSWER.data]);
  // The second question of the page is a new one.
  expect(fetched).toHaveLength(2);
  expect(fetched[0]?.[0]).toBe(fetched[1]?.[0]);
  expect(Object.fromEntries(fetched[0]?.[1] ?? [])).toEqual(Object.fromEntries(fetched[1]?.[1] ?? []));
});

test("what was asked as somebody else, or in another language, answers nobody", async () => {
  expect((await opened("/console/board", { token: null, language: "zh" })).fetched).toHaveLength(3);
  expect((await opened("/console/board", { token: "clerk", language: "en" })).fetched).toHaveLength(3);
});

test("only the board's question is known by its address", () => {
  for (const address of [
    "/console/",
    "/console/board/units/wutong",
    "/console/tickets?at=290",
    "/console/board?at=0",
    "/console/board?at=foo",
  ])
    expect(questionOf(new URL(address, "http://city.example"))).toBeNull();
  expect(askedAt({ name: "Board", variables: {} })).toContain("operationName=Board");
});
