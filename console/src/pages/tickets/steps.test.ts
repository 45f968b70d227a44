import { expect, test } from "vitest";
import { type Handling, lineOf, stepsOf } from "./steps";

const HANDLING = {
  number: 1,
  addressedAt: "2015-08-03T01:00:00Z",
  receipt: { at: "2015-08-04T02:00:00Z", on: "2015-08-04", deemed: false, by: "land", source: null, correctedBy: null },
  deemedReceipt: null,
  reply: {
    due: "2015-08-13T16:00:00Z",
    lastDay: "2015-08-13",
    provisional: false,
    metAt: "2015-08-14T02:00:00Z",
    late: true,
    policyName: "p",
    calendarName: "c",
  },
  answeredAt: "2015-08-14T02:00:00Z",
  commitments: [
    {
      number: 1,
      ground: "PROMISED",
      madeAt: "2015-08-14T02:00:00Z",
      replacedAt: "2015-08-20T02:00:00Z",
      deadline: { due: "2015-08-31T16:00:00Z", lastDay: "2015-08-31", provisional: false, metAt: null, late: false },
    },
    {
      number: 2,
      ground: "EXTENDED",
      madeAt: "2015-08-20T02:00:00Z",
      replacedAt: null,
      deadline: { due: "2016-01-31T16:00:00Z", lastDay: "2016-01-31", provisional: true, metAt: null, late: false },
    },
  ],
  lapses: [{ kind: "REPLY", at: "2015-08-13T16:00:00Z", nounVersion: 3, commitment: null, correctedBy: null }],
  completedAt: null,
  closedAt: null,
} as unknown as Handling;

test("the clock tells what happened and what was due, each on its day", () => {
  expect(stepsOf(HANDLING).map(({ kind, day, tone }) => [kind, day, tone])).toEqual([
    ["addressed", "2015-08-03", "done"],
    ["received", "2015-08-04", "done"],
    ["replyDue", "2015-08-13", "late"],
    ["answered", "2015-08-14", "done"],
    ["lapsed", "2015-08-14", "late"],
    ["promised", "2015-08-31", "void"],
    ["extended", "2016-01-31", "waiting"],
  ]);
  expect(stepsOf(HANDLING).find(({ kind }) => kind === "extended")?.provisional).toBe(true);
});

test("while a unit is silent, the day is told from which it counts as having received", () => {
  const silent = {
    ...HANDLING,
    receipt: null,
    reply: null,
    answeredAt: null,
    commitments: [],
    lapses: [],
    deemedReceipt: { due: "", lastDay: "2015-08-06", provisional: false, metAt: null, late: false },
  } as unknown as Handling;

  expect(stepsOf(silent).map(({ kind }) => kind)).toEqual(["addressed", "deemedDue"]);
});

test("today is on the line unless it lies far beyond it", () => {
  const near = lineOf(["2015-08-01", "2015-08-11"], "2015-08-06");
  const far = lineOf(["2015-08-01", "2015-08-11"], "2016-08-06");

  expect([near("2015-08-01"), near("2015-08-06"), near("2015-08-11")]).toEqual([0, 0.5, 1]);
  expect(far("2015-08-11")).toBeCloseTo(10 / 17);
  expect(far("2016-08-06")).toBe(1);
});
