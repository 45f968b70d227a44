import { expect, test } from "vitest";
import { fetched, type Kept, NotFetched, remedyOf } from "./loading";

function storage(): Kept {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}

const missing = () => Promise.reject(new Error("Unable to preload CSS"));

test("a page whose files the server does not hand out is loaded anew once, and not for ever", async () => {
  const kept = storage();
  await expect(fetched("record", missing, kept)).rejects.toThrow(NotFetched);
  expect(remedyOf("record", true, kept)).toBe("reload");

  await expect(fetched("record", missing, kept)).rejects.toThrow(/record could not be fetched: Unable to preload CSS/);
  expect(remedyOf("record", true, kept)).toBe("tell");
  expect(remedyOf("tickets", true, kept)).toBe("reload");
});

test("while the server is away it is waited for, and then the console is loaded anew", () => {
  const kept = storage();
  expect(remedyOf("record", true, kept)).toBe("reload");

  expect(remedyOf("record", false, kept)).toBe("wait");
  expect(remedyOf("record", true, kept)).toBe("reload");
});

test("a page that was got at last may be loaded anew when it fails the next time", async () => {
  const kept = storage();
  expect(remedyOf("record", true, kept)).toBe("reload");

  expect(await fetched("board", async () => "the board", kept)).toBe("the board");
  expect(remedyOf("record", true, kept)).toBe("tell");
  expect(await fetched("record", async () => "the page", kept)).toBe("the page");
  expect(remedyOf("record", true, kept)).toBe("reload");
});
