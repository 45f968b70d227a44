import { expect, test } from "vitest";
import { filterOf, listed, pageOf } from "./narrowed";

const query = (text: string) => new URLSearchParams(text);

test("an address without anything asks for the newest events of all", () => {
  expect(filterOf(query(""))).toEqual({});
  expect(pageOf(query(""))).toEqual({ last: 50 });
});

test("what the address keeps is asked", () => {
  expect(
    filterOf(query("of=n1&kind=ticket&type=ticket.issued&unit=dept-ndrc&role=CLERK&subject=a&basis=STATED&command=c1")),
  ).toEqual({
    of: ["n1"],
    kinds: ["ticket"],
    types: ["ticket.issued"],
    unit: "dept-ndrc",
    roles: ["CLERK"],
    subject: "a",
    bases: ["STATED"],
    correlationId: "c1",
  });
});

test("days are the city's whole days, of recording unless of deciding", () => {
  expect(filterOf(query("from=2015-08-06&to=2015-08-07"))).toEqual({
    recordedFrom: "2015-08-06T00:00:00+08:00",
    recordedTo: "2015-08-07T23:59:59.999999+08:00",
  });
  expect(filterOf(query("time=decided&to=2015-08-07"))).toEqual({ decidedTo: "2015-08-07T23:59:59.999999+08:00" });
});

test("what is no day, no position and no choice is passed over", () => {
  expect(filterOf(query("from=yesterday&to=2015-13-01&role=KING&basis=rumour"))).toEqual({});
  expect(pageOf(query("before=-1&after=0"))).toEqual({ last: 50 });
});

test("pages lead back, and forward again", () => {
  expect(pageOf(query("before=276"))).toEqual({ last: 50, before: "276" });
  expect(pageOf(query("after=275&before=9"))).toEqual({ last: null, first: 50, after: "275" });
});

test("a page of one list is none of another", () => {
  expect(listed(query("kind=ticket&before=276"), { type: "ticket.issued" })).toBe(
    "/record?kind=ticket&type=ticket.issued",
  );
  expect(listed(query("kind=ticket&after=276"), { before: "226" })).toBe("/record?kind=ticket&before=226");
  expect(listed(query("kind=ticket"), { kind: null })).toBe("/record");
});
