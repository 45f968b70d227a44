import { expect, test } from "vitest";
import { HeadDocument, TicketsDocument, ViewerDocument, WhenDocument } from "../generated/operations";
import { takesMoment } from "./answer";
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
