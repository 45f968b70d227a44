/** Apollo Client 4 with its normalising cache, told nothing but what the SDL says. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { OperationTypeNode } from "graphql";
import { createClient } from "graphql-ws";
import { relayStylePagination } from "@apollo/client/utilities";
import WebSocket from "ws";
import { operation, possibleTypes } from "./published.mjs";
import { serve, within } from "./serving.mjs";

let server;
before(async () => {
  server = await serve();
});
after(() => server.stop());

/** A client as an application makes one, and the names of the operations that it sent over HTTP. */
async function clientOf(subject) {
  const token = await server.tokenOf(subject);
  const sent = [];
  const headers = { authorization: `Bearer ${token}` };
  const counting = new ApolloLink((asked, forward) => {
    sent.push(asked.operationName);
    return forward(asked);
  });
  const http = new HttpLink({ uri: `${server.address}/graphql`, headers });
  const socket = createClient({
    url: server.socket,
    webSocketImpl: WebSocket,
    connectionParams: headers,
  });
  const client = new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      counting.concat(http),
    ),
    cache: new InMemoryCache({
      possibleTypes,
      typePolicies: { Query: { fields: { tickets: relayStylePagination(["filter", "orderBy"]) } } },
    }),
  });
  const stop = async () => {
    client.stop();
    await socket.dispose();
  };
  return { client, sent, stop };
}

const PAGE = gql`
  query Page($first: Int!, $after: String) {
    tickets(filter: { open: true }, orderBy: [{ by: DUE }], first: $first, after: $after) {
      totalCount
      pageInfo { hasNextPage endCursor }
      edges { cursor node { id number } }
    }
  }
`;

const ONE = gql`
  query One($number: String!) {
    ticket(number: $number) { id entityId number state version reminderCount light { colour } }
  }
`;

const THEN = gql`
  query Then($number: String!, $at: PointInput) {
    moment(at: $at) { id position ticket(number: $number) { id entityId number state version reminderCount } }
  }
`;

const REMIND = gql`
  mutation Remind($input: RemindTicketInput!) {
    remindTicket(input: $input) {
      ... on TicketReceipt { position ticket { id reminderCount } }
      ... on Refusal { code message }
    }
  }
`;

const CHANGES = gql(operation("Changes"));

test("a list grows page by page in the cache, whole and without a double", async () => {
  const { client, sent, stop } = await clientOf("demo.auditor");
  const whole = await client.query({ query: PAGE, variables: { first: 100 }, fetchPolicy: "no-cache" });
  const numbers = whole.data.tickets.edges.map(({ node }) => node.number);
  const list = client.watchQuery({ query: PAGE, variables: { first: 4 } });
  const watched = list.subscribe(() => undefined);
  await within(10, () => list.getCurrentResult().dataState === "complete");

  let page = list.getCurrentResult().data.tickets.pageInfo;
  while (page.hasNextPage) {
    const { data } = await list.fetchMore({ variables: { after: page.endCursor } });
    page = data.tickets.pageInfo;
  }

  const { tickets } = client.readQuery({ query: PAGE, variables: { first: 4 } });
  assert.ok(numbers.length > 8, "the demonstration has more than two pages of four");
  assert.equal(tickets.totalCount, numbers.length);
  assert.deepEqual(tickets.edges.map(({ node }) => node.number), numbers);
  assert.equal(sent.length, 1 + Math.ceil(numbers.length / 4));
  watched.unsubscribe();
  await stop();
});

test("the receipt of a command refreshes the ticket that is shown, and the past keeps its own", async () => {
  const { client, sent, stop } = await clientOf("demo.dept-eic");
  const variables = { number: "2015-0009" };
  const { data: now } = await client.query({ query: ONE, variables });
  const past = { ...variables, at: { position: "325" } };
  await client.query({ query: THEN, variables: past });
  const shown = [];
  const watched = client.watchQuery({ query: ONE, variables }).subscribe(({ data }) => shown.push(data?.ticket?.state));
  const input = { ticket: now.ticket.id, opinion: "同意受理，协调临时用电。", promisedBy: "2015-08-20", commandId: "apollo-1" };

  const { data } = await client.mutate({ mutation: gql(operation("AcceptTicket")), variables: { input } });

  assert.equal(data.acceptTicket.__typename, "TicketReceipt");
  await within(5, () => shown.at(-1) === "ACCEPTED");
  assert.deepEqual(shown, ["RECEIVED", "ACCEPTED"]);
  const fresh = client.readQuery({ query: ONE, variables }).ticket;
  assert.equal(fresh.version, now.ticket.version + 1);
  const { ticket: then } = client.readQuery({ query: THEN, variables: past }).moment;
  assert.equal(then.state, "RECEIVED");
  assert.equal(then.version, now.ticket.version);
  assert.equal(then.entityId, fresh.entityId);
  assert.notEqual(client.cache.identify(then), client.cache.identify(fresh));
  assert.deepEqual(sent, ["One", "Then", "AcceptTicket"]);
  watched.unsubscribe();
  await stop();
});

test("what is asked about the past afresh does not overwrite the present", async () => {
  const { client, stop } = await clientOf("demo.auditor");
  const variables = { number: "2015-0001" };
  const { data: now } = await client.query({ query: ONE, variables });
  const moments = await Promise.all(
    ["200", "300"].map((position) => client.query({ query: THEN, variables: { ...variables, at: { position } } })),
  );

  const kept = client.cache.extract();

  const tickets = [now.ticket, ...moments.map(({ data }) => data.moment.ticket)];
  const ids = tickets.map(({ id }) => id);
  assert.deepEqual(tickets.map(({ number }) => number), ["2015-0001", "2015-0001", "2015-0001"]);
  assert.equal(new Set(ids).size, 3);
  for (const id of ids) assert.ok(`Ticket:${id}` in kept, id);
  assert.deepEqual(client.readQuery({ query: ONE, variables }), now);
  await stop();
});

test("a refusal is data of its own type, in the language that was asked for", async () => {
  const { client, stop } = await clientOf("demo.dept-eic");
  const { data: now } = await client.query({ query: ONE, variables: { number: "2015-0010" } });
  const input = { ticket: now.ticket.id, opinion: "同意受理。", promisedBy: "2015-08-20", commandId: "apollo-2" };

  const { data, error } = await client.mutate({
    mutation: gql(operation("AcceptTicket")),
    variables: { input },
    context: { headers: { "accept-language": "en" } },
  });

  assert.equal(error, undefined);
  assert.equal(data.acceptTicket.__typename, "Refusal");
  assert.equal(data.acceptTicket.code, "NotReceivedYet");
  assert.match(data.acceptTicket.message, /^[\x20-\x7e]+$/);
  const { data: still } = await client.query({ query: ONE, variables: { number: "2015-0010" }, fetchPolicy: "network-only" });
  assert.deepEqual(still, now);
  await stop();
});

test("a subscription refreshes what a screen shows, though somebody else acted", async () => {
  const watching = await clientOf("demo.auditor");
  const acting = await clientOf("demo.supervisor");
  const variables = { number: "2015-0012" };
  const { data: now } = await watching.client.query({ query: ONE, variables });
  const items = [];
  const listening = watching.client
    .subscribe({ query: CHANGES, variables: { of: [now.ticket.entityId] } })
    .subscribe(({ data }) => items.push(data.changes));
  await within(10, () => items.some(({ __typename }) => __typename === "Bookmark"));

  const input = { ticket: now.ticket.entityId, note: "请按期办结。", commandId: "apollo-3" };
  const { data } = await acting.client.mutate({ mutation: REMIND, variables: { input } });
  await within(10, () => items.some(({ __typename }) => __typename === "NounChanged"));

  const { noun, position } = items.find(({ __typename }) => __typename === "NounChanged");
  assert.equal(position, data.remindTicket.position);
  assert.equal(watching.client.cache.identify(noun), watching.client.cache.identify(now.ticket));
  const shown = watching.client.readQuery({ query: ONE, variables }).ticket;
  assert.equal(shown.version, now.ticket.version + 1);
  assert.deepEqual(watching.sent, ["One"]);
  listening.unsubscribe();
  await watching.stop();
  await acting.stop();
});
