import { expect, test } from "vitest";
import { lightsByUnit, lightsOf, othersThan, total, worst } from "./lights";

const groups = [
  { group: [{ key: "heshan" }, { key: "green" }], count: 3 },
  { group: [{ key: "heshan" }, { key: "red" }], count: 1 },
  { group: [{ key: "dama" }, { key: "yellow" }], count: 1 },
  { group: [{ key: null }, { key: "green" }], count: 2 },
];

test("lights are counted all told, and by unit", () => {
  expect(lightsOf(groups)).toEqual({ GREEN: 5, RED: 1, YELLOW: 1 });
  expect([...lightsByUnit(groups)]).toEqual([
    ["heshan", { GREEN: 3, RED: 1 }],
    ["dama", { YELLOW: 1 }],
  ]);
});

test("the worst light is the one to look at", () => {
  expect(worst({ GREEN: 9, YELLOW: 1 })).toBe("YELLOW");
  expect(worst({})).toBeNull();
  expect(total({ GREEN: 9, YELLOW: 1 })).toBe(10);
});

test("what has no line of its own is counted apart, and the lines with it are all there is", () => {
  const others = othersThan(groups, ["heshan"]);

  expect(others).toEqual({
    counts: { YELLOW: 1, GREEN: 2 },
    units: [{ code: "dama", name: { zh: "dama", en: "dama" }, count: 1 }],
    nobodys: 2,
  });
  expect(total(others.counts) + total(lightsByUnit(groups).get("heshan") ?? {})).toBe(total(lightsOf(groups)));
});
