/** Entries of the ledger 账目: where an event stands, and the hash of what it says (docs/reference/ledger.md, "An entry"). */
import { type Bytes, MOST, numberOf } from "./bytes";
import { NotProven } from "./failing";

export interface Entry {
  readonly position: bigint;
  /** Microseconds since 1970 UTC. */
  readonly recordedAt: bigint;
  /** Which event of its noun it is, from 1. */
  readonly version: number;
  /** The noun. */
  readonly stream: string;
  /** `ticket.accepted` */
  readonly topic: string;
  /** SHA-256 of the event's stored bytes. */
  readonly stateSha256: Bytes;
}

const FORMAT = 1;
const FIXED = 21;

/** Read an entry; all of its bytes must be accounted for. ENTRY_MALFORMED. */
export function entryOf(bytes: Bytes): Entry {
  if (bytes.length < FIXED || bytes[0] !== FORMAT) throw new NotProven("ENTRY_MALFORMED", "format");
  const [stream, topicAt] = text(bytes, FIXED, "stream");
  const [topic, hashAt] = text(bytes, topicAt, "topic");
  if (bytes.length !== hashAt + 32) throw new NotProven("ENTRY_MALFORMED", "SHA-256");
  const [position, recordedAt] = [numberOf(bytes.slice(1, 9)), numberOf(bytes.slice(9, 17))];
  if (position < 1n || position > MOST || recordedAt > MOST) throw new NotProven("ENTRY_MALFORMED", "position");
  const version = Number(numberOf(bytes.slice(17, 21)));
  return { position, recordedAt, version, stream, topic, stateSha256: bytes.slice(hashAt) };
}

/** A text of 1 to 255 bytes with its length before it, and where what follows begins. */
function text(bytes: Bytes, at: number, what: string): [string, number] {
  const length = bytes[at] ?? 0;
  const end = at + 1 + length;
  if (length === 0 || end > bytes.length) throw new NotProven("ENTRY_MALFORMED", what);
  try {
    // A byte order mark is part of the text here: what is left out could not be told from what was never there.
    return [new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.slice(at + 1, end)), end];
  } catch {
    throw new NotProven("ENTRY_MALFORMED", what);
  }
}
