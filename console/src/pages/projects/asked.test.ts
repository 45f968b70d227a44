import { expect, test } from "vitest";
import { filterOf, orderOf, talliedBy } from "./asked";

test("an address narrows the list down", () => {
  const query = new URLSearchParams("unit=heshan&light=red&stage=signed&leader=none&outstanding=yes&list=7&q=%20厂房");

  expect(filterOf(query)).toEqual({
    lights: ["RED"],
    stages: ["SIGNED"],
    units: ["heshan"],
    search: "厂房",
    hasLeader: false,
    outstanding: true,
    supervisionList: "7",
  });
});

test("what makes no sense in an address is not asked for", () => {
  expect(filterOf(new URLSearchParams("light=blue&stage=elsewhere&q=%20&leader=somebody"))).toEqual({});
  expect(orderOf(new URLSearchParams("sort=colour"))).toBe("CODE");
  expect(orderOf(new URLSearchParams("sort=next_forecast"))).toBe("NEXT_FORECAST");
});

test("a number of the scoreboard is one duty, one part of it, a unit and perhaps a year", () => {
  expect(talliedBy("commencement.overdue.heshan.2015")).toEqual({
    duty: "COMMENCEMENT",
    part: "OVERDUE",
    unit: "heshan",
    year: 2015,
  });
  expect(talliedBy("completion.expected")).toMatchObject({ unit: null, year: null });
  expect([talliedBy(null), talliedBy("commencement.late.heshan"), talliedBy("")]).toEqual([null, null, null]);
});
