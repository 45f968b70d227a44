import { expect, test } from "vitest";
import { dayOf } from "../words/dates";
import { drawnOf, pointOf } from "./moment";

test("a day is asked for as its last instant in Tongxiang, as the export and the command line take it", () => {
  expect(pointOf("2015-08-06")).toEqual({ time: "2015-08-06T23:59:59.999999+08:00" });
  expect(dayOf((pointOf("2015-08-06") as { time: string }).time)).toBe("2015-08-06");
  expect(pointOf("301")).toEqual({ position: "301" });
  expect(pointOf("2015-08-06T20:00:00+08:00")).toEqual({ time: "2015-08-06T20:00:00+08:00" });
});

test("the end of today is now, until the day is over", () => {
  expect(drawnOf("2015-08-11", "2015-08-11")).toBeNull();
  expect(drawnOf("2015-08-11", "2015-08-12")).toBe("2015-08-11");
  expect(drawnOf("2015-08-12", "2015-08-11")).toBe("2015-08-12");
  expect(drawnOf("2015-08-11", null)).toBe("2015-08-11");
  expect(drawnOf("301", "2015-08-11")).toBe("301");
});
