import { expect, test } from "vitest";
import { exportAddress } from "./Export";

test("the end of a day goes to the export as the day that it is", () => {
  expect(exportAddress("tickets", "xlsx", "2015-08-06", {})).toBe("/export/tickets.xlsx?at=2015-08-06");
});

test("a table is asked for as of the moment that is shown, narrowed down by its columns", () => {
  expect(exportAddress("tickets", "xlsx", null, {})).toBe("/export/tickets.xlsx");
  expect(exportAddress("tickets", "csv", "200", { state: ["issued", "received"], light_colour: "red" })).toBe(
    "/export/tickets.csv?at=200&state=issued&state=received&light_colour=red",
  );
});
