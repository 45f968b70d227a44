import { expect, test } from "vitest";
import { differ } from "./Differs";

test("ids do not differ: in the past they carry the moment", () => {
  const then = { id: "past", code: "dept-eic", name: { zh: "市经信部门" } };

  expect(differ(then, { ...then, id: "now" })).toBe(false);
  expect(differ(then, { ...then, code: "dept-drc" })).toBe(true);
  expect(differ(null, then)).toBe(true);
});
