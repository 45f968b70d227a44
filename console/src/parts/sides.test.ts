import { expect, test } from "vitest";
import { sidesOf, whole } from "./sides";

const told = (sides: ReturnType<typeof sidesOf<string>>) => sides.map(({ row, change }) => [row, change]);
const itself = (row: string) => row;

test("a row that came since stands after those of then, and one that left is marked", () => {
  expect(told(sidesOf(whole(["a", "b"]), whole(["b", "c"]), itself))).toEqual([
    ["a", "leftSince"],
    ["b", null],
    ["c", "cameSince"],
  ]);
});

test("nothing is marked where nothing is compared", () => {
  expect(told(sidesOf(whole(["a"]), undefined, itself))).toEqual([["a", null]]);
});

test("of a list that is shown in part it is not said what came or left beyond it", () => {
  const first = { nodes: ["a", "b"], totalCount: 9 };

  expect(told(sidesOf(first, whole(["b", "c"]), itself))).toEqual([
    ["a", "leftSince"],
    ["b", null],
  ]);
  expect(told(sidesOf(whole(["a"]), first, itself))).toEqual([
    ["a", null],
    ["b", "cameSince"],
  ]);
});
