/** Proof files 证明文件: that something is in a log, in one text that can be checked offline (C2SP tlog-proof). */
import { type Bytes, fromBase64, fromDecimal, hashFromBase64 } from "./bytes";
import { NotProven } from "./failing";

const HEADER = "c2sp.org/tlog-proof@v1";
const MOST_HASHES = 63;

export interface LogProof {
  /** Where in the log the entry stands, from 0. */
  readonly index: bigint;
  /** The hashes from the leaf's sibling up. */
  readonly path: readonly Bytes[];
  /** The signed checkpoint, verbatim. */
  readonly checkpoint: string;
  /** The entry, which stands in the file's `extra` line. */
  readonly entry: Bytes;
}

/** Read a proof file. PROOF_MALFORMED. */
export function proofOf(file: string): LogProof {
  const divided = file.indexOf("\n\n");
  const [header, extra = "", index = "", ...hashes] = file.slice(0, Math.max(divided, 0)).split("\n");
  const found = {
    entry: extra.startsWith("extra ") ? fromBase64(extra.slice(6)) : null,
    index: index.startsWith("index ") ? fromDecimal(index.slice(6)) : null,
  };
  const path = hashes.map(hashFromBase64).filter((each) => each !== null);
  if (divided < 0 || header !== HEADER) throw new NotProven("PROOF_MALFORMED", HEADER);
  if (found.entry === null || found.entry.length === 0) throw new NotProven("PROOF_MALFORMED", "extra");
  if (found.index === null) throw new NotProven("PROOF_MALFORMED", "index");
  if (path.length !== hashes.length || path.length > MOST_HASHES) throw new NotProven("PROOF_MALFORMED", "hash");
  return { index: found.index, path, checkpoint: file.slice(divided + 2), entry: found.entry };
}
