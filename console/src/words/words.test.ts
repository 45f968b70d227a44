import { expect, test } from "vitest";
import { dayAfter, dayOf, daysBetween, instantText } from "./dates";
import { filled, type InBoth, listedIn } from "./language";
import { preferred } from "./preferred";
import { sizeText } from "./sizes";

test("instants are told in the city's zone", () => {
  expect(instantText("2015-08-11T16:00:00Z")).toBe("2015-08-12 00:00");
  expect(instantText("2015-12-31T16:00:59.9Z", true)).toBe("2016-01-01 00:00:59");
  expect(dayOf("2015-08-11T15:59:59.999Z")).toBe("2015-08-11");
  expect(daysBetween("2015-08-06", "2015-08-13")).toBe(7);
  expect(dayAfter("2015-12-30", 3)).toBe("2016-01-02");
});

test("the language is the one chosen, else the browser's, and Chinese unless that is another one", () => {
  expect(preferred("en", ["zh-CN"])).toBe("en");
  expect(preferred(null, ["en-GB", "zh-CN"])).toBe("en");
  expect(preferred(null, ["fr", "zh-TW", "en"])).toBe("zh");
  expect(preferred("klingon", [])).toBe("zh");
});

test("sizes of files are told in the largest unit that they fill", () => {
  expect([0, 1023, 1024, 1536, 26_214_400, 150 * 1024].map(sizeText)).toEqual([
    "0 B",
    "1023 B",
    "1.0 KB",
    "1.5 KB",
    "25.0 MB",
    "150 KB",
  ]);
});

test("braces are filled by name", () => {
  expect(filled("{a} of {b}, {c}", { a: 1, b: "x" })).toBe("1 of x, {c}");
});

// Every words.ts of the console, whoever wrote it.
const tables = import.meta.glob<{ WORDS: Record<string, InBoth> }>("../**/words.ts", { eager: true });

test.each(Object.entries(tables))("%s says everything in both languages, with the same braces", (_, { WORDS }) => {
  const braces = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const [name, { zh, en }] of Object.entries(WORDS)) {
    expect(zh.trim(), name).not.toBe("");
    expect(en.trim(), name).not.toBe("");
    expect(braces(zh), name).toEqual(braces(en));
  }
});

test("several things are written in a row as each language does it", () => {
  expect(listedIn("zh", ["甲", "", "乙"])).toBe("甲、乙");
  expect(listedIn("en", ["one", "two"])).toBe("one, two");
  expect(listedIn("en", ["this", "that"], true)).toBe("this; that");
});
