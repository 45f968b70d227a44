import { expect, test } from "vitest";
import { formAddress } from "./forms";

test("a form's address keeps the moment and the language, and what stands in a path", () => {
  expect(formAddress("ticket/2015-0003", null, "zh")).toBe("/forms/ticket/2015-0003.pdf?lang=zh");
  expect(formAddress("report/tx edz/2015-07", "325", "en")).toBe("/forms/report/tx%20edz/2015-07.pdf?at=325&lang=en");
});
