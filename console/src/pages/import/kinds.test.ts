import { expect, test } from "vitest";
import type { Role } from "../../generated/operations";
import { kindsFor } from "./kinds";

const somebody = (role: Role, ...actions: readonly string[]) => ({
  subject: "somebody",
  role,
  units: [],
  may: actions.map((action) => ({ action })),
});

test("only those sheets are offered whose commands the role may give", () => {
  expect(kindsFor(somebody("AUDITOR" as Role))).toEqual([]);
  expect(kindsFor(somebody("SECRETARY" as Role, "draftTicket", "attachFile"))).toEqual(["tickets"]);
  expect(kindsFor(somebody("SUPERVISOR" as Role, "reachMilestone", "reportActual"))).toEqual(["figures", "milestones"]);
});

test("of whom nothing is known yet, the server is to judge", () => {
  expect(kindsFor(null)).toEqual(["figures", "milestones", "tickets"]);
});
