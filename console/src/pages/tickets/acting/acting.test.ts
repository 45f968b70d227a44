import { expect, test } from "vitest";
import { ACTIONS, type OnSheet, sorted } from "./actions";
import { Drafts } from "./drafts";

/** An action that is given on a sheet, by name. */
function onSheet(name: string): OnSheet {
  const found = ACTIONS.find((each) => each.name === name);
  if (found === undefined || "to" in found) throw new Error(`${name} is on no sheet`);
  return found;
}

const allowed = (action: string) => ({ action, allowed: true, because: null });
const closed = (action: string, code: string) => ({ action, allowed: false, because: { code, message: code } });

test("what moves on what is owed comes first, and every reason against the others is said once", () => {
  const may = [
    allowed("remindTicket"),
    allowed("returnTicket"),
    allowed("acceptTicket"),
    closed("receiveTicket", "AlreadyReceived"),
    closed("confirmTicket", "NotYourUnit"),
    closed("reopenTicket", "NotYourUnit"),
  ];

  const { moving, open, closed: grey } = sorted(may, [{ what: "REPLY" }]);

  expect(moving.map(({ name }) => name)).toEqual(["acceptTicket", "returnTicket"]);
  expect(open.map(({ name }) => name)).toEqual(["remindTicket"]);
  expect(grey.map(({ code, actions }) => [code, actions.map(({ name }) => name)])).toEqual([
    ["AlreadyReceived", ["receiveTicket"]],
    ["NotYourUnit", ["confirmTicket", "reopenTicket"]],
  ]);
});

test("what was left empty is left out of a command, and what is said is sent without blanks around it", () => {
  const accept = onSheet("acceptTicket");
  const given: Record<string, string> = { opinion: " 同意 ", promisedBy: "" };

  expect(accept.input((name) => given[name] ?? "")).toEqual({ opinion: "同意", promisedBy: null });
});

test("a corrected receipt is told in the city's time, with its source", () => {
  const correct = onSheet("correctTicketReceipt");
  const given: Record<string, string> = { receivedAt: "2015-08-11T09:30", reason: "漏登", document: "收文簿" };

  expect(correct.input((name) => given[name] ?? "")).toEqual({
    receivedAt: "2015-08-11T09:30:00+08:00",
    reason: "漏登",
    source: { document: "收文簿", locator: "–" },
  });
});

test("a command keeps its id however often it is written on, and only its success begins another", () => {
  const drafts = new Drafts();
  const { commandId } = drafts.of("clerk accept 1");

  drafts.keep("clerk accept 1", { opinion: "同意" });

  expect(drafts.of("clerk accept 1")).toEqual({ commandId, values: { opinion: "同意" } });
  expect(drafts.of("clerk accept 2").commandId).not.toBe(commandId);
  drafts.drop("clerk accept 1");
  expect(drafts.of("clerk accept 1").commandId).not.toBe(commandId);
  expect(drafts.of("clerk accept 1").values).toEqual({});
});

test("a command without an answer is sent again as it was, and a refused one for the version that was seen since", () => {
  const drafts = new Drafts();

  drafts.send("clerk accept 1", 7);
  drafts.keep("clerk accept 1", { opinion: "同意" });
  expect(drafts.of("clerk accept 1").sentFor).toBe(7);

  drafts.settle("clerk accept 1");
  expect(drafts.of("clerk accept 1").sentFor).toBeUndefined();
  expect(drafts.of("clerk accept 1").values).toEqual({ opinion: "同意" });
});
