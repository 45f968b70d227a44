/** Signed notes, the keys that verify them, and the checkpoints that they hold (C2SP signed-note, tlog-checkpoint). */
import { type Bytes, fromBase64, fromDecimal, hashFromBase64, hexOf, joined, same, utf8 } from "./bytes";
import { NotProven } from "./failing";
import type { Primitives } from "./primitives";

const ED25519 = 1;
const MOST_BYTES = 1_000_000;
const MOST_SIGNATURES = 100;
const KEY_ID = /^[0-9a-f]{8}$/;

/** A log's key, which is trusted because somebody who is trusted has handed over its vkey. */
export interface LogKey {
  /** The origin of the log's checkpoints. */
  readonly name: string;
  /** Four bytes; with the name they say in a note which key has signed. */
  readonly id: Bytes;
  readonly publicKey: Bytes;
}

/** Something, without Unicode spaces, plus and control characters. */
function isKeyName(name: string): boolean {
  return name !== "" && !/[\s+\u0085]/u.test(name) && !hasControl(name) && isWellFormed(name);
}

/** Whether the text has a control character that is no newline. */
function hasControl(text: string): boolean {
  for (const each of text) if (each < " " && each !== "\n") return true;
  return false;
}

/** Whether the text can be UTF-8: it has no half of a pair of surrogates. */
function isWellFormed(text: string): boolean {
  return !/\p{Cs}/u.test(text);
}

/** Read a log's key from its line, `name+id+base64`. KEY_MALFORMED, also where the id is not the one that its content gives. */
export async function keyOf(vkey: string, { sha256 }: Primitives): Promise<LogKey> {
  const [name = "", id = "", ...rest] = vkey.split("+");
  // Base64 has pluses of its own.
  const material = fromBase64(rest.join("+"));
  if (!isKeyName(name)) throw new NotProven("KEY_MALFORMED", "name");
  if (!KEY_ID.test(id)) throw new NotProven("KEY_MALFORMED", "id");
  if (material?.[0] !== ED25519 || material.length !== 33) throw new NotProven("KEY_MALFORMED", "Ed25519");
  const hashed = (await sha256(joined(utf8(`${name}\n`), material))).slice(0, 4);
  if (hexOf(hashed) !== id) throw new NotProven("KEY_MALFORMED", `id ${id}, ${hexOf(hashed)}`);
  return { name, id: hashed, publicKey: material.slice(1) };
}

interface Signature {
  readonly name: string;
  readonly id: Bytes;
  readonly value: Bytes;
}

/** A note, taken apart. Its text must not be believed before `verifyNote` has said that it is signed. */
export interface Note {
  /** What is signed, with its last newline. */
  readonly text: string;
  readonly signatures: readonly Signature[];
}

/** Take a note apart at its last empty line. NOTE_MALFORMED. */
export function noteOf(note: string): Note {
  const malformed = (detail: string) => new NotProven("NOTE_MALFORMED", detail);
  if (!isWellFormed(note) || hasControl(note) || note.length > MOST_BYTES) throw malformed("UTF-8");
  const divided = note.lastIndexOf("\n\n");
  if (divided < 0 || !note.endsWith("\n") || note.length === divided + 2) throw malformed("\\n\\n");
  const lines = note.slice(divided + 2, -1).split("\n");
  if (lines.length > MOST_SIGNATURES) throw malformed(`${lines.length}`);
  const signatures = lines.map((line): Signature => {
    const [dash, name = "", encoded = "", ...more] = line.split(" ");
    const decoded = fromBase64(encoded);
    if (dash !== "—" || more.length > 0 || !isKeyName(name) || decoded === null || decoded.length < 5) {
      throw malformed(line);
    }
    return { name, id: decoded.slice(0, 4), value: decoded.slice(4) };
  });
  return { text: note.slice(0, divided + 1), signatures };
}

/** That the key has signed the note. Lines by other keys are passed over. NOT_SIGNED, BAD_SIGNATURE. */
export async function verifyNote(note: Note, key: LogKey, { fits }: Primitives): Promise<void> {
  const mine = note.signatures.filter(({ name, id }) => name === key.name && same(id, key.id));
  if (mine.length === 0) throw new NotProven("NOT_SIGNED", key.name);
  for (const { value } of mine) {
    if (value.length !== 64 || !(await fits(key.publicKey, utf8(note.text), value))) {
      throw new NotProven("BAD_SIGNATURE", key.name);
    }
  }
}

/** What a log says of itself: whose, how many entries, which root. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: bigint;
  readonly root: Bytes;
}

/** Read the text of a note. CHECKPOINT_MALFORMED. */
export function checkpointOf(text: string): Checkpoint {
  const lines = text.slice(0, -1).split("\n");
  const [origin = "", size = "", root = ""] = lines;
  const read = { origin, size: fromDecimal(size), root: hashFromBase64(root) };
  if (!text.endsWith("\n") || lines.length < 3 || lines.includes("") || read.size === null || read.root === null) {
    throw new NotProven("CHECKPOINT_MALFORMED", text);
  }
  return { origin, size: read.size, root: read.root };
}
