import { expect, test } from "vitest";
import { monthsUpTo } from "./months";

test("the months before January are those of the year before", () => {
  expect(monthsUpTo("2015-02-11").slice(0, 4)).toEqual(["2015-02", "2015-01", "2014-12", "2014-11"]);
  expect(monthsUpTo("2015-12-01")).toHaveLength(12);
});
