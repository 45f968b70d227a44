/** Why something is not proven: one code for each fact, and the page has words for each. */

export type Failing =
  | "KEY_MALFORMED"
  | "PROOF_MALFORMED"
  | "NOTE_MALFORMED"
  | "CHECKPOINT_MALFORMED"
  | "ENTRY_MALFORMED"
  | "NOT_SIGNED"
  | "BAD_SIGNATURE"
  | "NOT_IN_THE_TREE"
  | "OTHER_EVENT"
  | "OTHER_CONTENT"
  | "OTHER_WORDS";

/** What was shown does not prove what it claims. */
export class NotProven extends Error {
  constructor(
    readonly failing: Failing,
    /** What exactly is wrong, for whoever wants to know: a field, a line. */
    readonly detail: string,
  ) {
    super(`${failing}: ${detail}`);
  }
}
