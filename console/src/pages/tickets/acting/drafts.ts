/** Commands that are being written: what was typed, and the id that stays the same until the command has succeeded. */

import { newCommandId } from "../../../client/commandId";

export interface Draft {
  readonly commandId: string;
  readonly values: Readonly<Record<string, string>>;
  /** For which version it was sent, while nobody knows what became of it: sent again, it must be the same command. */
  readonly sentFor?: number;
}

/** Drafts of this tab, by who writes, what and on which ticket. A sheet that was closed by mistake opens as it was. */
export class Drafts {
  private readonly kept = new Map<string, Draft>();

  /** The draft under a key; a new one with a new id where there is none. */
  of(key: string): Draft {
    const known = this.kept.get(key);
    if (known !== undefined) return known;
    const begun: Draft = { commandId: newCommandId(), values: {} };
    this.kept.set(key, begun);
    return begun;
  }

  /** Keep what was typed, under the same id. */
  keep(key: string, values: Readonly<Record<string, string>>): void {
    this.kept.set(key, { ...this.of(key), values });
  }

  /** It is on its way, meant for this version. */
  send(key: string, version: number): void {
    this.kept.set(key, { ...this.of(key), sentFor: version });
  }

  /** It was refused, so it is known that nothing was recorded: what is sent next may be meant for another version. */
  settle(key: string): void {
    const { commandId, values } = this.of(key);
    this.kept.set(key, { commandId, values });
  }

  /** What was sent under the id is known to have ended, with another input than this: what is sent next is another command. */
  renew(key: string): void {
    this.kept.set(key, { commandId: newCommandId(), values: this.of(key).values });
  }

  /** It succeeded: the next one is another command. */
  drop(key: string): void {
    this.kept.delete(key);
  }
}
