/** `standardwebhooks` 1, the verifier that the scheme publishes for Node: a receiver of a dozen lines hears of a ticket. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";
import { serve, within } from "./serving.mjs";

const REGISTER = `mutation ($url: String!) {
  registerWebhook(input: { name: "oa", url: $url, types: ["ticket.issued"] }) { __typename }
}`;
const DRAFT = `mutation ($project: ID!) {
  draftTicket(input: {
    issuer: "zhouquan", handler: "dept-eic", category: PROJECT_PROGRESS, subject: "临时用电", body: "请协调。"
    about: [{ kind: PROJECT, id: $project }]
  }) { ... on TicketReceipt { ticket { entityId } } }
}`;
const ISSUE = `mutation ($ticket: ID!) {
  issueTicket(input: { ticket: $ticket }) { ... on TicketReceipt { position ticket { number } } }
}`;

test("a receiver verifies what it hears of a ticket that was issued, and finds out what was changed on the way", async () => {
  const server = await serve({ TXAPI_WEBHOOK_HTTP: "private" });
  const heard = [];
  const receiver = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request.setEncoding("utf8")) body += piece;
    heard.push({ body, headers: request.headers });
    response.writeHead(204).end();
  });
  try {
    await new Promise((done) => receiver.listen(0, "127.0.0.1", done));
    await server.ask("demo.administrator", REGISTER, { url: `http://127.0.0.1:${receiver.address().port}/` });
    const verifier = new Webhook(server.run("webhook", "secret", "oa"));
    const projects = await server.ask("demo.zhouquan", '{ projects(filter: { units: ["zhouquan"] }, first: 1) { nodes { entityId } } }');
    const drafted = await server.ask("demo.zhouquan", DRAFT, { project: projects.projects.nodes[0].entityId });
    const ticket = drafted.draftTicket.ticket.entityId;
    const issued = await server.ask("demo.zhouquan", ISSUE, { ticket });
    await within(60, () => heard.length === 1);

    const [{ body, headers }] = heard;
    const event = verifier.verify(body, headers);
    assert.equal(event.specversion, "1.0");
    assert.equal(event.subject, `ticket/${ticket}`);
    assert.equal(event.position, issued.issueTicket.position);
    assert.equal(event.data.number, issued.issueTicket.ticket.number);
    assert.throws(() => verifier.verify(body.replace("dept-eic", "dept-ndrc"), headers));
  } finally {
    receiver.close();
    await server.stop();
  }
});
