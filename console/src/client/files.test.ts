import { expect, test } from "vitest";
import { nameOf } from "./files";

test("a file is saved under the name in the reader's script, or else under the plain one", () => {
  const both = "attachment; filename=\"tickets-325.csv\"; filename*=UTF-8''%E8%81%94%E7%B3%BB%E5%8D%95-325.csv";
  expect(nameOf(both)).toBe("联系单-325.csv");
  expect(nameOf('attachment; filename="tickets-325.csv"')).toBe("tickets-325.csv");
  expect(nameOf(null)).toBeNull();
});
