import { expect, test } from "vitest";
import { dayOf, placeOn, spanOf, ticksOn } from "./timeline";

test("a day that is not known exactly stands at its last day, or at its first where the end is open", () => {
  expect(dayOf({ earliest: "2015-05-21", latest: "2015-05-31" })).toBe("2015-05-31");
  expect(dayOf({ earliest: "2015-05-01", latest: null })).toBe("2015-05-01");
  expect(dayOf({ earliest: null, latest: null })).toBeNull();
});

test("all days fit on the scale, in their order, with room at both ends", () => {
  const span = spanOf(["2014-11-30", "2015-09-30", "2015-07-31"]);

  const places = ["2014-11-30", "2015-07-31", "2015-09-30"].map((day) => placeOn(span, day));

  expect(places).toEqual(places.toSorted((one, other) => one - other));
  expect(places[0]).toBeGreaterThan(0.05);
  expect(places[2]).toBeLessThan(0.95);
  expect(placeOn(span, "2030-01-01")).toBe(1);
});

test("a single day has a scale around it", () => {
  expect(placeOn(spanOf(["2015-05-28"]), "2015-05-28")).toBe(0.5);
});

test("a short scale shows quarters, a long one years, and a very long one not too many", () => {
  expect(ticksOn(spanOf(["2014-11-30", "2015-09-30"]))).toEqual([
    "2015-01-01",
    "2015-04-01",
    "2015-07-01",
    "2015-10-01",
  ]);
  expect(ticksOn(spanOf(["2012-06-01", "2015-09-30"]))).toEqual(["2013-01-01", "2014-01-01", "2015-01-01"]);
  expect(ticksOn(spanOf(["1990-01-01", "2040-01-01"])).length).toBeLessThanOrEqual(12);
});
