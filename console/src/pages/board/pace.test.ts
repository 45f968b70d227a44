import { expect, test } from "vitest";
import { pointsAhead, reached, scheduleByMonths, shareOfYear, stepLine, topOf } from "./pace";

const money = (base: string) => ({ text: "", money: { base }, quantity: null });

test("a figure of an interval of goals comes to an interval of shares", () => {
  const goal = { basis: "INFERRED", value: null, low: money("239571000"), high: money("239982000") } as const;

  const [only] = reached([{ factVersion: 3, through: "2015-07-31", value: money("139550000") }], goal);

  expect(only?.least.toFixed(2)).toBe("58.15");
  expect(only?.most.toFixed(2)).toBe("58.25");
});

test("figures stand in the order of their days, and nothing is a share of no goal", () => {
  const figures = [
    { factVersion: 4, through: "2015-07-31", value: money("60") },
    { factVersion: 5, through: "2015-06-30", value: money("50") },
  ];
  const goal = { basis: "STATED", value: money("100"), low: null, high: null } as const;

  expect(reached(figures, goal).map(({ through, most }) => [through, most])).toEqual([
    ["2015-06-30", 50],
    ["2015-07-31", 60],
  ]);
  expect(reached(figures, null)).toEqual([]);
});

test("seven months of twelve are 58.33 % of the schedule, at the end of 31 July", () => {
  const seven = scheduleByMonths(2015)[7];

  expect(seven?.percent.toFixed(2)).toBe("58.33");
  expect(seven?.at).toBe(212 / 365);
  expect(shareOfYear(2016, "2016-12-31")).toBe(1);
  expect(shareOfYear(2015, "2014-11-02")).toBe(0);
});

test("a cumulative figure holds until the next one; before the first, nobody stated any", () => {
  const line = stepLine(
    [
      { at: 0.25, percent: 20 },
      { at: 0.5, percent: 55 },
    ],
    0.6,
  );

  expect(line).toEqual([
    [0.25, 20],
    [0.5, 20],
    [0.5, 55],
    [0.6, 55],
  ]);
  expect(stepLine([], 0.6)).toEqual([]);
});

test("the scale ends above what is drawn, and not below the goal", () => {
  expect(topOf([])).toBe(100);
  expect(topOf([89.1, 112])).toBe(125);
});

test("points ahead of the schedule are exact to two places", () => {
  expect(pointsAhead("58.15", "58.33")).toBe(-0.18);
  expect(pointsAhead("58.25", "58.08")).toBe(0.17);
});
