/** What every client of subscriptions has to see, whatever its protocol: told once by each test file, with its own library. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cable } from "./cable.mjs";
import { operation } from "./published.mjs";
import { serve, within } from "./serving.mjs";

const CHANGES = operation("Changes");
const REGISTER = operation("RegisterMeeting");

/**
 * The tests. `clientOf(address, token, pause)` makes the library's client, which connects again as often as it must and waits
 * for `pause()` each time; it has `subscribe(payload, sink)` and `dispose()`.
 */
export function liveTests(clientOf) {
  let server;
  let wire;
  before(async () => {
    server = await serve({ TXAPI_LIVE_BOOKMARK_SECONDS: "1" });
    wire = await cable(server.address);
  });
  after(async () => {
    await wire.stop();
    await server.stop();
  });

  const register = async (...titles) => {
    const positions = [];
    for (const title of titles) {
      const { registerMeeting } = await server.ask("demo.secretary", REGISTER, { input: { kind: "OTHER", title } });
      positions.push(registerMeeting.position);
    }
    return positions;
  };

  /** Subscribe as docs/front-end.md says: keep the last position, and let the library send it when it connects again. */
  const listen = (client, variables) => {
    const heard = { items: [], errors: null, ended: false };
    const unsubscribe = client.subscribe(
      { query: CHANGES, variables },
      {
        // `graphql-sse` hands over why a subscription ends as its last answer; `graphql-ws` calls `error`.
        next: ({ data, errors }) => {
          if (errors) {
            heard.errors = errors;
            return;
          }
          variables.after = data.changes.position;
          heard.items.push(data.changes);
        },
        error: (errors) => {
          heard.errors = errors;
        },
        complete: () => {
          heard.ended = true;
        },
      },
    );
    const changes = () => heard.items.filter(({ __typename }) => __typename === "NounChanged");
    const bookmarks = () => heard.items.filter(({ __typename }) => __typename === "Bookmark");
    return { heard, changes, bookmarks, unsubscribe };
  };

  test("what is recorded is told with its event, its noun and its position, and an idle stream carries bookmarks", async () => {
    const client = clientOf(server.address, await server.tokenOf("demo.auditor"));
    const { changes, bookmarks, unsubscribe, heard } = listen(client, { nouns: ["MEETING"] });
    await within(10, () => bookmarks().length === 1);

    const [position] = await register("市政府专题会议");
    await within(10, () => changes().length === 1 && bookmarks().length > 2);

    const [{ event, kind, noun, position: told }] = changes();
    assert.equal(told, position);
    assert.equal(kind, "MEETING");
    assert.equal(event.type, "meeting.registered");
    assert.equal(event.actor.subject, "demo.secretary");
    assert.equal(noun.__typename, "Meeting");
    assert.equal(bookmarks().at(-1).position, position);
    unsubscribe();
    await within(10, () => heard.ended);
    assert.equal(heard.errors, null);
    await client.dispose();
  });

  test("a connection that is cut again and again misses nothing and tells nothing twice", async () => {
    let mended = Promise.resolve();
    const client = clientOf(wire.address, await server.tokenOf("demo.auditor"), () => mended);
    const { changes, bookmarks, unsubscribe, heard } = listen(client, { nouns: ["MEETING"] });
    await within(10, () => bookmarks().length === 1);
    const recorded = await register("断线之前");
    await within(10, () => changes().length === 1);

    for (const round of [1, 2]) {
      let mend;
      mended = new Promise((done) => {
        mend = done;
      });
      wire.cut();
      recorded.push(...(await register(`断线之中甲${round}`, `断线之中乙${round}`)));
      wire.mend();
      mend();
      recorded.push(...(await register(`断线之后${round}`)));
      await within(20, () => changes().length >= recorded.length);
    }
    await within(10, () => heard.items.at(-1).__typename === "Bookmark");

    assert.equal(recorded.length, 7);
    assert.deepEqual(changes().map(({ position }) => position), recorded);
    assert.equal(heard.errors, null);
    unsubscribe();
    await client.dispose();
  });

  test("whoever comes back later is told all that happened meanwhile", async () => {
    const before = (await server.ask("demo.auditor", "{ moment { position } }")).moment.position;
    const recorded = await register("会议甲", "会议乙", "会议丙");
    const client = clientOf(server.address, await server.tokenOf("demo.auditor"));

    const { changes, bookmarks, unsubscribe } = listen(client, { nouns: ["MEETING"], after: before });
    await within(10, () => bookmarks().length > 0);

    assert.deepEqual(changes().map(({ position }) => position), recorded);
    unsubscribe();
    await client.dispose();
  });

  test("a position that does not exist yet is refused with a code", async () => {
    const client = clientOf(server.address, await server.tokenOf("demo.auditor"));

    const { heard } = listen(client, { after: "999999" });
    await within(10, () => heard.errors !== null || heard.items.length > 0 || heard.ended);

    assert.deepEqual(heard.items, []);
    assert.equal(heard.errors[0].extensions.code, "POSITION_AHEAD");
    await client.dispose();
  });
}
