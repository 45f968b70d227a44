import { expect, test } from "vitest";
import { addressOf, isDay, placeOf } from "./address";

const at = (address: string) => placeOf(new URL(address, "http://city.example"));

test("an address names the page, what the page keeps, and the moment", () => {
  const place = at("/console/tickets?show=overdue&at=301&compare");

  expect(place.path).toBe("/tickets");
  expect(place.query.toString()).toBe("show=overdue");
  expect(place.at).toBe("301");
  expect(place.comparing).toBe(true);
});

test("an address without a moment is now", () => {
  expect(at("/console/").at).toBeNull();
  expect(at("/console").path).toBe("/");
});

test("what is no position is not asked for", () => {
  for (const strange of ["00", "-1", "007", "1e3", "99999999999999999999", "now", ""]) {
    expect(at(`/console/?at=${strange}`).at).toBeNull();
  }
});

test("an instant with its zone is a moment, as it is asked for", () => {
  for (const [given, asked] of [
    ["2015-08-06T20:00:00%2B08:00", "2015-08-06T20:00:00+08:00"],
    // As somebody types it, and the address reads it.
    ["2015-08-06T20:00:00+08:00", "2015-08-06T20:00:00+08:00"],
    ["2015-08-06T20:00+08:00", "2015-08-06T20:00:00+08:00"],
    ["2015-08-06T12:00:00.123456Z", "2015-08-06T12:00:00.123456Z"],
    ["2015-08-06T07:00:00-05:00", "2015-08-06T07:00:00-05:00"],
  ] as const) {
    expect(at(`/console/board?at=${given}`), given).toMatchObject({ at: asked, mistaken: null });
  }
  const address = addressOf("/board", { at: "2015-08-06T20:00:00+08:00", comparing: false });
  expect(at(address).at).toBe("2015-08-06T20:00:00+08:00");
});

test("what is no moment is told, and not taken for now", () => {
  for (const strange of [
    "foo",
    "2015-8-6",
    "2015-02-30",
    "2015-08-06T20:00:00",
    "2015-08-06T24:00:00Z",
    "2015-02-30T10:00:00Z",
    "2015-08-06T20:00:00%2B15:00",
    "2015-08-06T20:00:00.1234567Z",
    "x2015-08-06T20:00:00Z",
    "99999999999999999999",
  ]) {
    const place = at(`/console/board?at=${strange}`);
    expect(place.at, strange).toBeNull();
    expect(place.mistaken, strange).toBe(decodeURIComponent(strange));
  }
  expect(at("/console/board").mistaken).toBeNull();
  expect(at("/console/board?at=").mistaken).toBeNull();
  expect(at("/console/board?at=301").mistaken).toBeNull();
});

test("the end of a day is a moment, and is told from a position", () => {
  expect(at("/console/?at=2015-08-06").at).toBe("2015-08-06");
  expect(addressOf("/board", { at: "2015-08-06", comparing: true })).toBe("/console/board?at=2015-08-06&compare");
  expect(["2015-08-06", "2016-02-29", "20150806", "301"].map(isDay)).toEqual([true, true, false, false]);
  for (const strange of ["2015-02-30", "2015-13-01", "2015-8-6", "0000-01-01", "2015-08-06T18:00"]) {
    expect(at(`/console/?at=${strange}`).at, strange).toBeNull();
  }
});

test("before the first event is a moment, too", () => {
  expect(at("/console/?at=0").at).toBe("0");
});

test("a link keeps the moment, and leads back to the same place", () => {
  const address = addressOf("/tickets/a%20b?show=all", { at: "301", comparing: true });

  expect(address).toBe("/console/tickets/a%20b?show=all&at=301&compare");
  expect(at(address).at).toBe("301");
  expect(addressOf("/board", { at: null, comparing: true })).toBe("/console/board");
});
