import { expect, test } from "vitest";
import { dueOf } from "./due";
import { narrowedBy } from "./Tickets";

test("a last day is still in time on that day, and overdue from the next on", () => {
  expect(dueOf("2015-08-13", "2015-08-11", false)).toEqual({ says: "dueIn", days: 2 });
  expect(dueOf("2015-08-13", "2015-08-13", false)).toEqual({ says: "dueToday", days: 0 });
  expect(dueOf("2015-08-13", "2015-08-14", true)).toEqual({ says: "overdueBy", days: 1 });
  expect(dueOf(null, "2015-08-14", false)).toEqual({ says: "noDay", days: 0 });
});

test("the list of tickets is narrowed down by the address, and by nothing that it does not know", () => {
  const query = new URLSearchParams("handler=dept-eic&light=red&show=all");

  expect(narrowedBy(query).filter).toEqual({ handlers: ["dept-eic"], lights: ["RED"] });
  expect(narrowedBy(new URLSearchParams("light=blue")).filter).toEqual({});
});
