/** What a proof file tells 证明所示: its place, its leaf, its path and its root, read out of the very text that is verified. */
import type { Bytes } from "./bytes";
import { NotProven } from "./failing";
import { checkpointOf, noteOf } from "./notes";
import type { Primitives } from "./primitives";
import { proofOf } from "./proofs";
import { leafHash } from "./tree";

export interface Told {
  /** Where in the log the entry stands, from 0. */
  readonly index: bigint;
  /** How many events the tree holds. */
  readonly size: bigint;
  /** The hash of the entry as a leaf, computed here. */
  readonly leaf: Bytes;
  readonly root: Bytes;
  /** The hashes from the leaf's sibling up. */
  readonly path: readonly Bytes[];
}

/** What the proof file tells, before anything of it is verified; null where it cannot be read. */
export async function toldBy(proof: string, primitives: Primitives): Promise<Told | null> {
  try {
    const { index, path, checkpoint, entry } = proofOf(proof);
    const { size, root } = checkpointOf(noteOf(checkpoint).text);
    return { index, size, leaf: await leafHash(entry, primitives), root, path };
  } catch (error) {
    if (error instanceof NotProven) return null;
    throw error;
  }
}
