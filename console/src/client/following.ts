/**
 * Following 跟随: a question that is asked again whenever the record moved, and never faster than the server answers.
 *
 * At most one question is on its way. After an answer the next one waits for twice as long as that answer took, so that a page
 * takes at most a third of the time of one who answers it; whatever was recorded meanwhile is one reason to ask, not many.
 */

const LEAST_GAP_MS = 250;
const MOST_GAP_MS = 10_000;

/** How long to wait after an answer that took so long. */
export function gapAfter(tookMs: number): number {
  return Math.min(Math.max(2 * tookMs, LEAST_GAP_MS), MOST_GAP_MS);
}

/** When the last question of a page ended, and how long the next one has to wait from then; shared by its successive questions. */
export interface Pace {
  endedAt: number;
  gapMs: number;
}

export function newPace(): Pace {
  return { endedAt: Number.NEGATIVE_INFINITY, gapMs: 0 };
}

/** What an answer comes to, for whoever follows. */
export interface Heard {
  /** The turns of the record that it is an answer to. */
  readonly turns: readonly string[];
  /** How long the server asks to be left alone, in milliseconds, where it refused to answer for now; null otherwise. */
  readonly retryMs: number | null;
}

export interface Following {
  /** The record's turn that answers are due for. Nothing is asked where it is answered already. */
  readonly due: (turn: string) => void;
  /** Ask no more; what is on its way is aborted. */
  readonly stop: () => void;
}

/** Ask now, or as soon as the pace allows, and again for every turn that is due and not answered. */
export function follow(
  ask: (turn: string, signal: AbortSignal) => Promise<Heard>,
  first: string,
  pace: Pace,
): Following {
  let latest = first;
  let answered: readonly string[] | null = null;
  let asking: AbortController | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let since = 0;
  let retryMs: number | null = null;

  const ended = (waitMs: number | null) => {
    pace.endedAt = Date.now();
    pace.gapMs = waitMs ?? gapAfter(Date.now() - since);
    asking = null;
  };
  const plan = () => {
    clearTimeout(timer);
    timer = undefined;
    if (asking !== null || (retryMs === null && answered?.includes(latest))) return;
    const wait = pace.endedAt + pace.gapMs - Date.now();
    if (wait <= 0) void run();
    else timer = setTimeout(run, wait);
  };
  const run = async () => {
    timer = undefined;
    const controller = new AbortController();
    asking = controller;
    since = Date.now();
    const turn = latest;
    const heard = await ask(turn, controller.signal);
    if (controller.signal.aborted) return;
    ({ turns: answered, retryMs } = heard);
    const before = pace.gapMs;
    ended(retryMs);
    // A server that stays behind what it was asked for is asked ever more rarely.
    if (retryMs === null && !answered.includes(turn))
      pace.gapMs = Math.min(Math.max(pace.gapMs, 2 * before), MOST_GAP_MS);
    plan();
  };
  plan();

  return {
    due: (next) => {
      latest = next;
      plan();
    },
    stop: () => {
      clearTimeout(timer);
      if (asking === null) return;
      asking.abort();
      ended(null);
    },
  };
}
