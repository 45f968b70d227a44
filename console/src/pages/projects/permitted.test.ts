import { expect, test } from "vitest";
import { permitted } from "./permitted";

const open = (action: string) => ({ action, allowed: true, because: null });
const closed = (action: string, message: string) => ({ action, allowed: false, because: { code: "No", message } });

test("what can be done comes first, and every reason against the others is said once", () => {
  const may = [
    closed("amendProject", "no clerk"),
    closed("reachMilestone", "not yours"),
    open("payIn"),
    open("assignLeader"),
    closed("enterList", "no clerk"),
  ];

  expect(permitted(may)).toEqual({
    forms: ["assignLeader"],
    others: ["payIn"],
    closed: [
      { code: "No", message: "no clerk", actions: ["amendProject", "enterList"] },
      { code: "No", message: "not yours", actions: ["reachMilestone"] },
    ],
  });
});
