import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { hexOf, toBase64 } from "./bytes";
import { browsers } from "./primitives";
import sample from "./sample.json";
import { toldBy } from "./told";
import { type Asked, verify } from "./verify";

const browser = browsers(globalThis.crypto.subtle);
const [correction] = sample.events as unknown as readonly [Asked];
const lines = correction.proof.split("\n");
const path = lines.slice(3, lines.indexOf(""));

test("what a proof tells is read out of the text that is verified", async () => {
  const told = await toldBy(correction.proof, browser);

  const entry = Buffer.from((lines[1] ?? "").split(" ")[1] ?? "", "base64");
  const leaf = createHash("sha256")
    .update(Buffer.from([0]))
    .update(entry)
    .digest("hex");
  expect(told).toMatchObject({ index: BigInt(correction.shown.position) - 1n, size: 325n });
  expect(told === null ? null : hexOf(told.leaf)).toBe(leaf);
  expect(told?.path.map(toBase64)).toEqual(path);
});

test("a proven event's path has as many hashes as were verified, whatever an answer says beside the proof", async () => {
  const forged = { ...correction, hashes: [], root: "", leaf: "", treeSize: "1", vkey: sample.vkey };

  const verdict = await verify(forged, browser);

  expect(verdict.holds).toBe(true);
  expect(verdict.file?.path.map(toBase64)).toEqual(path);
});

test("a proof that lost its path in the text is not proven, and tells of no path", async () => {
  const cut = [...lines.slice(0, 3), ...lines.slice(lines.indexOf(""))].join("\n");

  const verdict = await verify({ ...correction, proof: cut, vkey: sample.vkey }, browser);

  expect(verdict).toMatchObject({ holds: false, failing: "PROOF_MALFORMED" });
  expect((await toldBy(cut, browser))?.path).toEqual([]);
});

test("what is no proof file tells nothing", async () => {
  expect(await toldBy("", browser)).toBeNull();
});
