/** The Merkle tree of RFC 6962 with SHA-256: the hash of a leaf, and the way from it to a root. */
import { type Bytes, joined, same } from "./bytes";
import { NotProven } from "./failing";
import type { Primitives } from "./primitives";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** The hash of an entry as a leaf (RFC 6962, section 2.1): a zero byte sets it apart from inner nodes. */
export function leafHash(entry: Bytes, { sha256 }: Primitives): Promise<Bytes> {
  return sha256(joined(LEAF, entry));
}

function nodeHash(left: Bytes, right: Bytes, { sha256 }: Primitives): Promise<Bytes> {
  return sha256(joined(NODE, left, right));
}

/**
 * That the leaf with this hash stands at `index` (from 0) of the tree of `size` leaves with this `root`: RFC 9162, section
 * 2.1.3.2, step by step. PROOF_MALFORMED where the place is not in the tree or the path too long or too short for it,
 * NOT_IN_THE_TREE where it leads to another root.
 */
export async function verifyInclusion(
  index: bigint,
  size: bigint,
  leaf: Bytes,
  path: readonly Bytes[],
  root: Bytes,
  primitives: Primitives,
): Promise<void> {
  if ([leaf, root, ...path].some(({ length }) => length !== 32)) throw new NotProven("PROOF_MALFORMED", "hash");
  if (index < 0n || index >= size) throw new NotProven("PROOF_MALFORMED", `${index} / ${size}`);
  let first = index;
  let last = size - 1n;
  let reached = leaf;
  for (const sibling of path) {
    if (last === 0n) throw new NotProven("PROOF_MALFORMED", `${path.length} > log2(${size})`);
    if (first & 1n || first === last) {
      reached = await nodeHash(sibling, reached, primitives);
      while (!(first & 1n) && first !== 0n) {
        first >>= 1n;
        last >>= 1n;
      }
    } else {
      reached = await nodeHash(reached, sibling, primitives);
    }
    first >>= 1n;
    last >>= 1n;
  }
  if (last !== 0n) throw new NotProven("PROOF_MALFORMED", `${path.length} < log2(${size})`);
  if (!same(reached, root)) throw new NotProven("NOT_IN_THE_TREE", `index ${index}`);
}
