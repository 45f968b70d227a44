/** The verification 验证 of one event: from the key that the reader trusts down to every word that the page shows. */
import { same, utf8 } from "./bytes";
import { type Compared, compared, microsOf, type Shown } from "./content";
import { type Entry, entryOf } from "./entries";
import { type Failing, NotProven } from "./failing";
import { type Checkpoint, checkpointOf, keyOf, noteOf, verifyNote } from "./notes";
import type { Primitives } from "./primitives";
import { type LogProof, proofOf } from "./proofs";
import { leafHash, verifyInclusion } from "./tree";

/** The steps, in their order; none is taken where the one before failed. */
export const STEPS = ["signature", "inclusion", "place", "content"] as const;
export type StepName = (typeof STEPS)[number];

export interface Step {
  readonly name: StepName;
  readonly state: "holds" | "fails" | "untried";
}

export interface Verdict {
  /** Whether every step holds. */
  readonly holds: boolean;
  readonly steps: readonly Step[];
  readonly failing: Failing | null;
  readonly detail: string | null;
  /** What the log's key has signed; null where it has not. */
  readonly checkpoint: Checkpoint | null;
  /** What the proof file itself holds, proven or not; null where it cannot be read. */
  readonly file: LogProof | null;
  /** What is in the log at that place; null where that is not proven. */
  readonly entry: Entry | null;
  /** What the stored bytes leave open; null where they do not fit. */
  readonly compared: Compared | null;
  readonly by: Primitives["by"];
}

export interface Asked {
  /** The key that the reader trusts. */
  readonly vkey: string;
  /** The proof file, with the entry. */
  readonly proof: string;
  /** The event as it is stored. */
  readonly stored: string;
  /** The event as the page shows it. */
  readonly shown: Shown;
}

/** Verify one event. Whatever does not hold is in the verdict; nothing is thrown for it. */
export async function verify({ vkey, proof, stored, shown }: Asked, primitives: Primitives): Promise<Verdict> {
  let checkpoint: Checkpoint | null = null;
  let entry: Entry | null = null;
  let read: LogProof | null = null;
  let outcome: Compared | null = null;
  let failure: NotProven | null = null;
  let reached = 0;

  try {
    // The signature comes first: what nobody has signed is not worth reading.
    const key = await keyOf(vkey, primitives);
    const file = proofOf(proof);
    read = file;
    const note = noteOf(file.checkpoint);
    await verifyNote(note, key, primitives);
    const signed = checkpointOf(note.text);
    if (signed.origin !== key.name) throw new NotProven("NOT_SIGNED", signed.origin);
    checkpoint = signed;
    reached = 1;

    const leaf = await leafHash(file.entry, primitives);
    await verifyInclusion(file.index, signed.size, leaf, file.path, signed.root, primitives);
    const entered = entryOf(file.entry);
    reached = 2;

    standsWhere(entered, file.index, shown);
    entry = entered;
    reached = 3;

    if (!same(await primitives.sha256(utf8(stored)), entered.stateSha256))
      throw new NotProven("OTHER_CONTENT", "SHA-256");
    outcome = compared(stored, shown);
    reached = 4;
  } catch (error) {
    if (!(error instanceof NotProven)) throw error;
    failure = error;
  }

  return {
    holds: reached === STEPS.length,
    steps: STEPS.map((name, at) => ({ name, state: at < reached ? "holds" : at === reached ? "fails" : "untried" })),
    failing: failure?.failing ?? null,
    detail: failure?.detail ?? null,
    checkpoint,
    file: read,
    entry,
    compared: outcome,
    by: primitives.by,
  };
}

/** That the entry is the one of the event on the page. OTHER_EVENT. */
function standsWhere(entry: Entry, index: bigint, shown: Shown): void {
  const pairs: readonly (readonly [name: string, entered: unknown, shown: unknown])[] = [
    ["index", index, entry.position - 1n],
    ["position", entry.position, BigInt(shown.position)],
    ["recordedAt", entry.recordedAt, microsOf(shown.recordedAt)],
    ["type", entry.topic, shown.type],
    ["entityId", entry.stream, shown.entityId],
    ["nounVersion", entry.version, shown.nounVersion],
  ];
  for (const [name, entered, seen] of pairs) if (entered !== seen) throw new NotProven("OTHER_EVENT", name);
}
