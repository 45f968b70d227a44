import { createHash, createPublicKey, verify as verifySignature } from "node:crypto";
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { type Bytes, fromBase64, toBase64 } from "./bytes";
import { checkpointOf, keyOf, noteOf, verifyNote } from "./notes";
import { browsers, libraries, type Primitives, primitivesHere, work } from "./primitives";
import { proofOf } from "./proofs";
import sample from "./sample.json";
import { verifyInclusion } from "./tree";
import { type Asked, verify } from "./verify";

const { vkey } = sample;
const [correction, last, first] = sample.events as unknown as readonly [Asked, Asked, Asked];
const asked: Asked = { ...correction, vkey };
const browser = browsers(globalThis.crypto.subtle);
let library: Primitives;
beforeAll(async () => {
  library = await libraries();
});

/** Node's own, which answer at once: for what is asked thousands of times over. */
const swift: Primitives = {
  by: "browser",
  sha256: async (bytes) => Uint8Array.from(createHash("sha256").update(bytes).digest()),
  fits: async (key, message, signature) => {
    const jwk = { kty: "OKP", crv: "Ed25519", x: Buffer.from(key).toString("base64url") };
    return verifySignature(null, message, createPublicKey({ key: jwk, format: "jwk" }), signature);
  },
};
/** On a machine that has a lot else to do. */
const PATIENCE_MS = 120_000;

/** The bytes with each of their bits turned, one at a time. */
function* turned(bytes: Bytes): Generator<Bytes> {
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const other = bytes.slice();
    other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    yield other;
  }
}

/** The sample's proof with some base64 in it replaced. */
function withBytes(from: string, to: Bytes): Asked {
  const proof = asked.proof.replace(from, toBase64(to));
  expect(proof).not.toBe(asked.proof);
  return { ...asked, proof };
}

function decoded(text: string | undefined): Bytes {
  const bytes = text === undefined ? null : fromBase64(text);
  if (bytes === null) throw new Error(`the sample has no ${text}`);
  return bytes;
}

const lines = asked.proof.split("\n");
const [, extra = ""] = (lines[1] ?? "").split(" ");
const path = lines.slice(3, lines.indexOf(""));
const root = lines[lines.indexOf("") + 3] ?? "";
const signature = lines.at(-2)?.split(" ")[2] ?? "";

describe.each(["browser", "library"] as const)("with the primitives of the %s", (by) => {
  const primitives = () => (by === "browser" ? browser : library);

  test.each([
    ["a correction", correction],
    ["the last event", last],
    ["the first event", first],
  ])("%s of the demonstration is proven, down to its words", async (_, event) => {
    const verdict = await verify({ ...event, vkey }, primitives());

    expect(verdict).toMatchObject({ holds: true, failing: null, by, compared: { unstated: [], olderForm: false } });
    expect(verdict.steps.map(({ state }) => state)).toEqual(["holds", "holds", "holds", "holds"]);
    expect(verdict.entry?.position).toBe(BigInt(event.shown.position));
    expect(verdict.checkpoint?.size).toBe(325n);
  });

  test("no bit of the signature can be turned", { timeout: PATIENCE_MS }, async () => {
    for (const other of turned(decoded(signature))) {
      const verdict = await verify(withBytes(signature, other), primitives());

      // The first four bytes name the key: with others, this key has not signed.
      expect(verdict).toMatchObject({ holds: false, checkpoint: null });
      expect(["BAD_SIGNATURE", "NOT_SIGNED"]).toContain(verdict.failing);
    }
  });
});

test("no bit of the entry can be turned", { timeout: PATIENCE_MS }, async () => {
  for (const other of turned(decoded(extra))) {
    expect(await verify(withBytes(extra, other), swift)).toMatchObject({
      holds: false,
      failing: "NOT_IN_THE_TREE",
      entry: null,
    });
  }
});

test("no bit of the path can be turned", { timeout: PATIENCE_MS }, async () => {
  expect(path).toHaveLength(9);
  for (const step of path) {
    for (const other of turned(decoded(step))) {
      expect(await verify(withBytes(step, other), swift)).toMatchObject({ holds: false, failing: "NOT_IN_THE_TREE" });
    }
  }
});

test("no bit of the root can be turned: the signature is over it, and the path leads to no other", {
  timeout: PATIENCE_MS,
}, async () => {
  const file = proofOf(asked.proof);
  const leaf = await swift.sha256(Uint8Array.of(0, ...file.entry));
  await verifyInclusion(file.index, 325n, leaf, file.path, decoded(root), swift);
  for (const other of turned(decoded(root))) {
    expect(await verify(withBytes(root, other), swift)).toMatchObject({ holds: false, failing: "BAD_SIGNATURE" });
    await expect(verifyInclusion(file.index, 325n, leaf, file.path, other, swift)).rejects.toMatchObject({
      failing: "NOT_IN_THE_TREE",
    });
  }
});

test("no byte of the stored event can be another", { timeout: PATIENCE_MS }, async () => {
  const bytes = Uint8Array.from(new TextEncoder().encode(asked.stored));
  for (const at of bytes.keys()) {
    const other = bytes.with(at, (bytes[at] ?? 0) ^ 1);
    const stored = new TextDecoder().decode(other);
    expect(await verify({ ...asked, stored }, swift)).toMatchObject({ holds: false, failing: "OTHER_CONTENT" });
  }
});

test.each([
  ["another size", asked.proof.replace("\n325\n", "\n326\n"), "BAD_SIGNATURE"],
  ["another index", asked.proof.replace("index 121", "index 120"), "NOT_IN_THE_TREE"],
  ["an index beyond the tree", asked.proof.replace("index 121", "index 325"), "PROOF_MALFORMED"],
  ["a hash less", asked.proof.replace(`${path.at(-1)}\n`, ""), "PROOF_MALFORMED"],
  ["a hash more", asked.proof.replace(`${path.at(-1)}\n`, `${path.at(-1)}\n${path.at(-1)}\n`), "PROOF_MALFORMED"],
  [
    "the hashes in another order",
    asked.proof.replace(path.join("\n"), path.toReversed().join("\n")),
    "NOT_IN_THE_TREE",
  ],
  ["no signature", asked.proof.split("\n").slice(0, -2).join("\n"), "NOTE_MALFORMED"],
  ["a signature by somebody else", asked.proof.replace("— txapi/", "— other/"), "NOT_SIGNED"],
  [
    "a second signature of the key that does not fit",
    `${asked.proof}${lines.at(-2)?.replace(/.{6}=$/, "AAAAAA=")}\n`,
    "BAD_SIGNATURE",
  ],
  ["another origin", asked.proof.replace("\n\ntxapi/", "\n\nother/"), "BAD_SIGNATURE"],
  ["a root of another length", asked.proof.replace(root, `AAAA${root}`), "BAD_SIGNATURE"],
  ["another header", asked.proof.replace("@v1", "@v2"), "PROOF_MALFORMED"],
  ["no entry", asked.proof.replace(`extra ${extra}\n`, ""), "PROOF_MALFORMED"],
  ["stray bits in base64", asked.proof.replace("8=\n\n", "9=\n\n").replace("Y=\n\n", "Z=\n\n"), "PROOF_MALFORMED"],
  ["nothing", "", "PROOF_MALFORMED"],
])("a proof with %s is refused", async (_, proof, failing) => {
  expect(proof).not.toBe(asked.proof);

  const verdict = await verify({ ...asked, proof }, browser);

  expect(verdict).toMatchObject({ holds: false, failing, compared: null });
  expect(verdict.steps.at(-1)?.state).toBe("untried");
});

test.each([
  ["another name", vkey.replace("txapi/", "txapj/")],
  ["another id", vkey.replace(/\+[0-9a-f]{8}\+/, "+00000000+")],
  ["a letter more", `${vkey}A`],
  ["a witness's type", vkey.replace(/\+A/, "+B")],
  ["no name", vkey.slice(vkey.indexOf("+"))],
  ["nothing", ""],
])("a key with %s is no key", async (_, other) => {
  expect(await verify({ ...asked, vkey: other }, browser)).toMatchObject({ holds: false, failing: "KEY_MALFORMED" });
});

test("another log's key, well-formed as it is, has not signed", async () => {
  const other = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

  expect(await verify({ ...asked, vkey: other }, browser)).toMatchObject({ holds: false, failing: "NOT_SIGNED" });
});

test.each([
  ["position", { position: "121" }],
  ["recordedAt", { recordedAt: "2015-08-06T00:30:00.000001Z" }],
  ["type", { type: "ticket.accepted" }],
  ["entityId", { entityId: "e2049554-ac93-5636-a8a4-ebcd348f71ae" }],
  ["nounVersion", { nounVersion: 4 }],
])("the proof of an event is none for one with another %s", async (detail, other) => {
  const shown = { ...asked.shown, ...other };

  expect(await verify({ ...asked, shown }, browser)).toMatchObject({ holds: false, failing: "OTHER_EVENT", detail });
});

test.each([
  ["eventId", { eventId: "c8732f3a-3542-417b-9012-870b25542288" }],
  ["decidedAt", { decidedAt: "2015-08-06T00:30:01Z" }],
  ["recordedBasis", { recordedBasis: "SYSTEM" }],
  ["basis", { basis: "STATED" }],
  ["actor.subject", { actor: { ...asked.shown.actor, subject: "somebody else" } }],
  ["actor.role", { actor: { ...asked.shown.actor, role: "CLERK" } }],
  ["actor.unit", { actor: { ...asked.shown.actor, unit: "dept-ndrc" } }],
  ["reason", { reason: null }],
  ["correlationId", { correlationId: "ab76aa35-fa9c-53ec-b585-4eba3b879f7d" }],
  ["source.document", { source: null }],
  ["source.note", { source: { ...asked.shown.source, note: "p. 13" } }],
  ["source.publishedAt", { source: { ...asked.shown.source, publishedAt: "2015-08-06T00:00:00Z" } }],
  ["data.received_on", { data: { ...(asked.shown.data as object), received_on: "2015-07-31" } }],
  ["data.before", { data: { ...(asked.shown.data as object), before: null } }],
  [
    "data.unit",
    { data: Object.fromEntries(Object.entries(asked.shown.data as object).filter(([name]) => name !== "unit")) },
  ],
])("a page that shows another %s than the stored bytes say is found out", async (detail, other) => {
  const shown = { ...asked.shown, ...other };

  const verdict = await verify({ ...asked, shown }, browser);

  expect(verdict).toMatchObject({ holds: false, failing: "OTHER_WORDS", detail });
  expect(verdict.steps.map(({ state }) => state)).toEqual(["holds", "holds", "holds", "fails"]);
});

test("what the page shows and the bytes do not state is named", async () => {
  const shown = { ...asked.shown, data: { ...(asked.shown.data as object), late: true, note: null, copies: [] } };

  const verdict = await verify({ ...asked, shown }, browser);

  expect(verdict).toMatchObject({ holds: true, compared: { unstated: ["late"] } });
});

test("bytes of an older form are proven, and their fields are not compared", async () => {
  const shown = { ...asked.shown, schemaVersion: 2, data: { renamed: true } };

  expect(await verify({ ...asked, shown }, browser)).toMatchObject({ holds: true, compared: { olderForm: true } });
});

test("a browser that cannot verify Ed25519, or hashes wrongly, is not relied upon", async () => {
  const refuses = new Proxy(crypto.subtle, {
    get: (subtle, name) =>
      name === "importKey"
        ? () => Promise.reject(new DOMException("Unrecognized name.", "NotSupportedError"))
        : Reflect.get(subtle, name).bind(subtle),
  });
  const agrees: Primitives = { ...browser, fits: async () => true };

  expect(await work(browser)).toBe(true);
  expect(await work(library)).toBe(true);
  expect(await work(agrees)).toBe(false);
  expect((await primitivesHere(refuses)).by).toBe("library");
  expect((await primitivesHere(undefined)).by).toBe("browser");
});

// -- vectors that others have made ------------------------------------------------------------------------------------

const VECTORS = new URL("../../../tests/audit/vectors/", import.meta.url);
const read = (name: string) => JSON.parse(readFileSync(new URL(name, VECTORS), "utf8"));

interface Probe {
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly root: string | null;
  readonly leafHash: string | null;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}

test.each(Object.entries<Probe>(read("inclusion.json")))("the probe of inclusion %s", async (_, probe) => {
  const verified = verifyInclusion(
    BigInt(probe.leafIdx),
    BigInt(probe.treeSize),
    decoded(probe.leafHash ?? ""),
    (probe.proof ?? []).map(decoded),
    decoded(probe.root ?? ""),
    browser,
  );

  await (probe.wantErr ? expect(verified).rejects.toThrow() : verified);
});

test.each<{ vkey: string; note: string }>(read("notes.json").signed)("a note that $vkey has signed", async (vector) => {
  for (const primitives of [browser, library]) {
    const key = await keyOf(vector.vkey, primitives);
    await verifyNote(noteOf(vector.note), key, primitives);
    await expect(verifyNote(noteOf(`x${vector.note}`), key, primitives)).rejects.toMatchObject({
      failing: "BAD_SIGNATURE",
    });
  }
});

test.each([
  ["without an empty line", "text\n— a AAAAAAA=\n"],
  ["with a control character", "te\txt\n\n— a AAAAAAA=\n"],
  ["with half a surrogate", "te\ud800xt\n\n— a AAAAAAA=\n"],
  ["without its last newline", "text\n\n— a AAAAAAA="],
  ["with a hyphen for a dash", "text\n\n- a AAAAAAA=\n"],
  ["with too short a signature", "text\n\n— a AAAA\n"],
  ["with a plus in a name", "text\n\n— a+b AAAAAAA=\n"],
  ["with a fourth word", "text\n\n— a AAAAAAA= b\n"],
])("a note %s is none", (_, note) => {
  expect(() => noteOf(note)).toThrow("NOTE_MALFORMED");
});

test.each([
  ["too few lines", "log\n7\n"],
  ["a leading zero", `log\n07\n${root}\n`],
  ["a size beyond all sizes", `log\n9223372036854775808\n${root}\n`],
  ["a short root", "log\n7\nAAAA\n"],
  ["an empty line", `log\n7\n${root}\n\nmore\n`],
])("a checkpoint with %s is none", (_, text) => {
  expect(() => checkpointOf(text)).toThrow("CHECKPOINT_MALFORMED");
});
