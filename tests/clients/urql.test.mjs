/** urql's core with Graphcache, its normalising cache, which checks against the schema what it is given. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, fetchExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { introspectionFromSchema, isObjectType } from "graphql";
import { pipe, subscribe } from "wonka";
import { operation, schema } from "./published.mjs";
import { serve, within } from "./serving.mjs";

let server;
before(async () => {
  server = await serve();
});
after(() => server.stop());

/** Types that have no identity: values inside nouns, rows of lists, answers that count something. */
const embedded = Object.fromEntries(
  Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) && type.getFields().id === undefined && !type.name.startsWith("__"))
    .map(({ name }) => [name, () => null]),
);

const TICKET = `query($number: String!, $at: PointInput) {
  now: ticket(number: $number) { id state version handler { id code } owed { what lastDay } }
  then: moment(at: $at) { id ticket(number: $number) { id state version handler { id code } owed { what lastDay } } }
}`;

test("a receipt refreshes the present in the cache and leaves the past alone", async () => {
  const token = await server.tokenOf("demo.dept-eic");
  const asked = [];
  const complaints = [];
  const client = new Client({
    url: `${server.address}/graphql`,
    preferGetMethod: false,
    fetchOptions: { headers: { authorization: `Bearer ${token}` } },
    fetch: (address, options) => {
      asked.push(JSON.parse(options.body).query.trimStart().split(/\W/)[0]);
      return fetch(address, options);
    },
    exchanges: [
      cacheExchange({
        schema: introspectionFromSchema(schema),
        keys: embedded,
        logger: (severity, message) => severity === "debug" || complaints.push(`${severity}: ${message}`),
      }),
      fetchExchange,
    ],
  });
  const variables = { number: "2015-0009", at: { position: "325" } };
  const shown = [];
  const { unsubscribe } = pipe(
    client.query(TICKET, variables),
    subscribe(({ data, error }) => shown.push({ data, error })),
  );
  await within(10, () => shown.length > 0);
  const [{ data: first }] = shown;

  const input = { ticket: first.now.id, opinion: "同意受理，协调临时用电。", promisedBy: "2015-08-20", commandId: "urql-1" };
  const { data, error } = await client.mutation(operation("AcceptTicket"), { input });
  await within(10, () => shown.at(-1).data.now.state === "ACCEPTED");

  assert.equal(error, undefined);
  assert.equal(data.acceptTicket.ticket.state, "ACCEPTED");
  const { now, then } = shown.at(-1).data;
  assert.deepEqual([first.now.state, now.state, then.ticket.state], ["RECEIVED", "ACCEPTED", "RECEIVED"]);
  assert.deepEqual(now.owed.map(({ what, lastDay }) => [what, lastDay]), [["COMMITMENT", "2015-08-20"]]);
  assert.deepEqual(then, first.then);
  assert.notEqual(now.id, then.ticket.id);
  assert.deepEqual(asked, ["query", "mutation"]);
  assert.deepEqual(complaints, []);
  unsubscribe();
});
