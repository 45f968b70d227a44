import { expect, test } from "vitest";
import { HeadDocument, TicketsDocument, ViewerDocument, WhenDocument } from "../generated/operations";
import { isBehind, takesMoment, turnsAnswered } from "./answer";
import { later } from "./live";

test("an operation is asked as of the moment where it takes one, and of now where it does not", () => {
  expect([TicketsDocument, WhenDocument].map((each) => takesMoment(each as never))).toEqual([true, true]);
  expect([HeadDocument, ViewerDocument].map((each) => takesMoment(each as never))).toEqual([false, false]);
});

test("positions are compared as the whole numbers that they are, however long", () => {
  expect(later("9", "10")).toBe("10");
  expect(later("9007199254740993", "9007199254740992")).toBe("9007199254740993");
  expect(later(null, "1")).toBe("1");
});

test("an answer that was on its way when the record moved does not answer the turn that is due", () => {
  const told = { position: "342", clock: "2015-08-14T02:00:00Z" };

  expect(isBehind(told, "343 2015-08-14")).toBe(true);
  expect(turnsAnswered(told, "343 2015-08-14")).toEqual(["342 2015-08-14"]);
  expect(turnsAnswered(told, "")).toEqual(["", "342 2015-08-14"]);
});

test("an answer of the turn that is due, or of a later one, answers both", () => {
  const told = { position: "1000", clock: "2015-08-14T02:00:00Z" };

  expect(isBehind(told, "999 2015-08-14")).toBe(false);
  expect(turnsAnswered(told, "999 2015-08-14")).toEqual(["999 2015-08-14", "1000 2015-08-14"]);
  expect(turnsAnswered(null, "999 2015-08-14")).toEqual(["999 2015-08-14"]);
});
