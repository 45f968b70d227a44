/** Relay: its compiler on the published SDL, and what it compiled carried out by its runtime. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { createClient } from "graphql-ws";
import relay from "relay-runtime";
import WebSocket from "ws";
import { SDL_FILE } from "./published.mjs";
import { serve, within } from "./serving.mjs";

const {
  commitMutation,
  createOperationDescriptor,
  Environment,
  fetchQuery,
  getRequest,
  getSingularSelector,
  Network,
  Observable,
  RecordSource,
  requestSubscription,
  Store,
} = relay;

const HERE = import.meta.dirname;
const require = createRequire(import.meta.url);

let server;
let compiled;
let folder;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "txapi-relay-"));
  server = await serve();
  compiled = await compile();
});
after(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.stop();
});

/** Run the compiler, as its configuration file says; what it printed. */
async function compile() {
  const config = join(folder, "relay.config.json");
  const artifacts = join(folder, "artifacts");
  mkdirSync(artifacts);
  writeFileSync(
    config,
    JSON.stringify({
      src: join(HERE, "relay"),
      schema: SDL_FILE,
      artifactDirectory: artifacts,
      language: "javascript",
      eagerEsModules: false,
      schemaConfig: { nodeInterfaceIdField: "id" },
    }),
  );
  const compiler = join(HERE, "node_modules", "relay-compiler", "cli.js");
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [compiler, config], { cwd: folder });
  return stdout + stderr;
}

const artifact = (name) => require(join(folder, "artifacts", `${name}.graphql.js`));

async function environmentOf(subject) {
  const headers = { authorization: `Bearer ${await server.tokenOf(subject)}` };
  const sent = [];
  const socket = createClient({ url: server.socket, webSocketImpl: WebSocket, connectionParams: headers });
  const ask = async ({ name, text }, variables) => {
    sent.push(name);
    const response = await fetch(`${server.address}/graphql`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json", accept: "application/graphql-response+json" },
      body: JSON.stringify({ query: text, operationName: name, variables }),
    });
    return response.json();
  };
  const listen = ({ name, text }, variables) =>
    Observable.create((sink) => socket.subscribe({ query: text, operationName: name, variables }, sink));
  const environment = new Environment({ network: Network.create(ask, listen), store: new Store(new RecordSource()) });

  /** What a component shows of a query that was asked: its own data, and a fragment's by reference. */
  const show = (name, variables) => {
    const operation = createOperationDescriptor(getRequest(artifact(name)), variables);
    environment.retain(operation);
    return environment.lookup(operation.fragment).data;
  };
  const showFragment = (name, reference) => environment.lookup(getSingularSelector(artifact(name), reference)).data;
  return { environment, sent, show, showFragment, stop: () => socket.dispose() };
}

test("the compiler finds everything in the SDL that Relay asks for", () => {
  assert.match(compiled, /Compilation completed/);
  const { metadata } = artifact("Tickets_list");
  assert.deepEqual(metadata.connection, [{ count: "count", cursor: "cursor", direction: "forward", path: ["tickets"] }]);
  assert.equal(artifact("Tickets_card").metadata.refetch.identifierInfo.identifierField, "id");
  assert.match(artifact("TicketsCardQuery").params.text, /node\(id: \$id\)/);
});

test("a connection grows page by page in the store", async () => {
  const { environment, show, showFragment, sent, stop } = await environmentOf("demo.auditor");
  const { tickets } = await server.ask(
    "demo.auditor",
    "{ tickets(filter: {open: true}, orderBy: [{by: DUE}], first: 100) { nodes { number } } }",
  );
  const numbers = tickets.nodes.map(({ number }) => number);
  const variables = { number: "2015-0001", at: { position: "200" } };
  await fetchQuery(environment, artifact("TicketsQuery"), variables).toPromise();
  const list = () => showFragment("Tickets_list", show("TicketsQuery", variables)).tickets;

  while (list().pageInfo.hasNextPage) {
    const cursor = list().pageInfo.endCursor;
    await fetchQuery(environment, artifact("TicketsPageQuery"), { count: 4, cursor }).toPromise();
  }

  assert.ok(numbers.length > 8);
  assert.deepEqual(list().edges.map(({ node }) => node.number), numbers);
  assert.equal(list().totalCount, numbers.length);
  assert.equal(sent.length, Math.ceil(numbers.length / 4));
  await stop();
});

test("a receipt refreshes the card of now; the card of then stays, and is found again by its id", async () => {
  const { environment, show, showFragment, stop } = await environmentOf("demo.dept-eic");
  const variables = { number: "2015-0009", at: { position: "325" } };
  await fetchQuery(environment, artifact("TicketsQuery"), variables).toPromise();
  const cards = () => {
    const { ticket, moment } = show("TicketsQuery", variables);
    return [ticket, moment.ticket].map((each) => showFragment("Tickets_card", each));
  };
  const [before] = cards();
  const { ticket: now, moment } = show("TicketsQuery", variables);
  const input = { ticket: now.id, opinion: "同意受理，协调临时用电。", promisedBy: "2015-08-20", commandId: "relay-1" };

  const accepted = await new Promise((onCompleted, onError) =>
    commitMutation(environment, {
      mutation: artifact("TicketsAcceptMutation"),
      variables: { input },
      onCompleted,
      onError,
    }),
  );

  assert.equal(accepted.acceptTicket.__typename, "TicketReceipt");
  assert.notEqual(now.id, moment.ticket.id);
  const after = cards();
  assert.deepEqual(after.map(({ state }) => state), ["ACCEPTED", "RECEIVED"]);
  assert.deepEqual(after.map(({ version }) => version - before.version), [1, 0]);
  const again = await fetchQuery(environment, artifact("TicketsCardQuery"), { id: moment.ticket.id }).toPromise();
  assert.equal(showFragment("Tickets_card", again.node).state, "RECEIVED");
  assert.deepEqual(cards(), after);
  await stop();
});

test("a subscription refreshes the card, though somebody else acted", async () => {
  const { environment, show, showFragment, sent, stop } = await environmentOf("demo.auditor");
  const variables = { number: "2015-0012", at: { position: "200" } };
  await fetchQuery(environment, artifact("TicketsQuery"), variables).toPromise();
  const card = () => showFragment("Tickets_card", show("TicketsQuery", variables).ticket);
  const { reminderCount } = card();
  const { id } = show("TicketsQuery", variables).ticket;
  const items = [];
  const { dispose } = requestSubscription(environment, {
    subscription: artifact("TicketsSubscription"),
    variables: { of: [id] },
    onNext: ({ changes }) => items.push(changes.__typename),
  });
  await within(10, () => items.length === 1);

  const remind = "mutation($input: RemindTicketInput!) { remindTicket(input: $input) { __typename } }";
  const { remindTicket } = await server.ask("demo.supervisor", remind, { input: { ticket: id, note: "请按期办结。" } });
  await within(10, () => items.includes("NounChanged"));

  assert.equal(remindTicket.__typename, "TicketReceipt");
  assert.equal(card().reminderCount, reminderCount + 1);
  assert.deepEqual(sent, ["TicketsQuery"]);
  dispose();
  await stop();
});
