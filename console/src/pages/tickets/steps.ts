/** The clock of a handling 办理时钟: what happened and what was due, each on its day, in the order of the days. */
import type { TicketQuery } from "../../generated/operations";
import { dayOf } from "../../words/dates";

export type TicketShown = NonNullable<TicketQuery["moment"]["ticket"]>;
export type Handling = TicketShown["handlings"][number];
type Deadline = NonNullable<Handling["reply"]>;

export type StepKind =
  | "addressed"
  | "deemedDue"
  | "received"
  | "deemed"
  | "replyDue"
  | "answered"
  | "promised"
  | "extended"
  | "assigned"
  | "reopened"
  | "lapsed"
  | "completed"
  | "closed";

/** `done` happened, `met` in time, `late` not; `waiting` lies ahead; `void` counts no more. */
export type Tone = "done" | "met" | "late" | "waiting" | "void";

export interface Step {
  readonly kind: StepKind;
  readonly day: string;
  /** The instant where it happened at one; null for what is due by the end of a day. */
  readonly at: string | null;
  readonly tone: Tone;
  readonly provisional: boolean;
  /** When what was due was done. */
  readonly metAt: string | null;
  /** What a person reads beside the kind: of which commitment, what lapsed. */
  readonly number: number | null;
}

const GROUNDS = {
  PROMISED: "promised",
  EXTENDED: "extended",
  ASSIGNED: "assigned",
  REOPENED: "reopened",
} as const satisfies Record<string, StepKind>;

/** By what a step of then is the same as one of now: what happened at one instant, or what is due once, whenever that is by now. */
export function keyOfStep({ kind, at, number }: Step): string {
  return `${kind} ${at ?? "due"} ${number ?? ""}`;
}

function happened(kind: StepKind, at: string, tone: Tone = "done"): Step {
  return { kind, day: dayOf(at), at, tone, provisional: false, metAt: null, number: null };
}

function due(kind: StepKind, deadline: Deadline | Omit<Deadline, "policyName" | "calendarName">): Step {
  const { lastDay, provisional, late } = deadline;
  const metAt = deadline.metAt ?? null;
  const tone = late ? "late" : metAt === null ? "waiting" : "met";
  return { kind, day: lastDay, at: null, tone, provisional, metAt, number: null };
}

/** Everything on the clock of a handling. Within a day, in the order in which a ticket goes through it. */
export function stepsOf(handling: Handling): readonly Step[] {
  const { receipt, deemedReceipt, reply, answeredAt, completedAt, closedAt } = handling;
  const steps: Step[] = [happened("addressed", handling.addressedAt)];
  if (receipt === null || receipt === undefined) {
    if (deemedReceipt) steps.push(due("deemedDue", deemedReceipt));
  } else {
    steps.push({ ...happened(receipt.deemed ? "deemed" : "received", receipt.at), day: receipt.on });
  }
  if (answeredAt) steps.push(happened("answered", answeredAt));
  if (reply) steps.push(due("replyDue", reply));
  for (const { number, ground, replacedAt, deadline } of handling.commitments) {
    const step = { ...due(GROUNDS[ground], deadline), number };
    steps.push(replacedAt ? { ...step, tone: "void" } : step);
  }
  for (const { at, commitment, correctedBy } of handling.lapses) {
    steps.push({ ...happened("lapsed", at, correctedBy ? "void" : "late"), number: commitment ?? null });
  }
  if (completedAt) steps.push(happened("completed", completedAt));
  if (closedAt) steps.push(happened("closed", closedAt));
  // Sorting is stable: within a day the order above stays.
  return steps.sort((one, other) => one.day.localeCompare(other.day));
}

/** Where the days lie on a line from 0 to 1; `today` is on it where it is not far beyond the last of them. */
export function lineOf(days: readonly string[], today: string): (day: string) => number {
  const number = (day: string) => Date.parse(`${day}T00:00:00Z`) / 86_400_000;
  const all = days.map(number);
  const first = Math.min(...all);
  const last = Math.max(...all);
  const end = Math.max(last, Math.min(number(today), last + Math.max(7, (last - first) / 2)));
  const width = Math.max(1, end - first);
  return (day) => Math.min(1, Math.max(0, (number(day) - first) / width));
}
