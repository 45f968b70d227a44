import { expect, test } from "vitest";
import { addressOf, placeOf } from "./address";

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

test("before the first event is a moment, too", () => {
  expect(at("/console/?at=0").at).toBe("0");
});

test("a link keeps the moment, and leads back to the same place", () => {
  const address = addressOf("/tickets/a%20b?show=all", { at: "301", comparing: true });

  expect(address).toBe("/console/tickets/a%20b?show=all&at=301&compare");
  expect(at(address).at).toBe("301");
  expect(addressOf("/board", { at: null, comparing: true })).toBe("/console/board");
});
