/** GraphQL over HTTP: what the audits of `graphql-http` find MUST and SHOULD hold, each a test of its own. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { serverAudits } from "graphql-http";
import { serve } from "./serving.mjs";

/** How many audits of each kind this version of the suite has: a suite that lost some would pass for nothing. */
const EXPECTED = { MUST: 13, SHOULD: 23 };

let server;
before(async () => {
  server = await serve();
});
after(() => server.stop());

const audits = serverAudits({ url: () => `${server.address}/graphql` });
const must = audits.filter((audit) => audit.name.startsWith("MUST"));
const should = audits.filter((audit) => audit.name.startsWith("SHOULD"));

test("the suite asks what it asked when this was written", () => {
  assert.deepEqual({ MUST: must.length, SHOULD: should.length }, EXPECTED);
});

for (const audit of [...must, ...should]) {
  test(`${audit.id} ${audit.name}`, async () => {
    const result = await audit.fn();

    assert.equal(result.status, "ok", result.reason);
  });
}
