/** What an event says on the page beside what its stored bytes say: nothing may be told that the bytes do not hold. */
import { NotProven } from "./failing";

/** An event as the page shows it: what the published `Event` answers with. */
export interface Shown {
  readonly position: string;
  readonly type: string;
  readonly entityId: string;
  readonly nounVersion: number;
  readonly recordedAt: string;
  readonly eventId: string;
  readonly schemaVersion: number;
  readonly decidedAt: string;
  readonly recordedBasis: string;
  readonly basis: string;
  readonly actor: { readonly subject: string; readonly role: string; readonly unit?: string | null };
  readonly reason?: string | null;
  readonly source?: Readonly<Record<string, unknown>> | null;
  readonly correlationId: string;
  readonly data: unknown;
}

/** What the bytes leave open of what is shown. */
export interface Compared {
  /** Fields of `data` with a value that the bytes do not state, for it is the one that holds where nothing is stated. */
  readonly unstated: readonly string[];
  /** The bytes are of an older form than what is shown, so `data` was not compared. */
  readonly olderForm: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

const OF_EVERY_EVENT = ["originator_id", "originator_version", "meta", "event_id", "salt", "schema_version"];

/** Compare; OTHER_CONTENT where the bytes are no event, OTHER_WORDS where the page shows something else than they say. */
export function compared(stored: string, shown: Shown): Compared {
  const event = fieldsOf(parsed(stored), "event");
  const meta = fieldsOf(event.meta, "meta");
  const actor = fieldsOf(meta.actor, "actor");
  const source = meta.source === undefined ? {} : fieldsOf(meta.source, "source");
  const told = shown.source ?? {};
  const pairs: readonly (readonly [name: string, said: unknown, shown: unknown])[] = [
    ["entityId", event.originator_id, shown.entityId],
    ["nounVersion", event.originator_version, shown.nounVersion],
    ["eventId", event.event_id, shown.eventId],
    ["decidedAt", microsOf(String(meta.decided_at)), microsOf(shown.decidedAt)],
    ["recordedBasis", meta.clock ?? "system", shown.recordedBasis.toLowerCase()],
    ["basis", meta.basis ?? "stated", shown.basis.toLowerCase()],
    ["actor.subject", actor.subject, shown.actor.subject],
    ["actor.role", actor.role, shown.actor.role.toLowerCase()],
    ["actor.unit", actor.unit ?? null, shown.actor.unit ?? null],
    ["reason", meta.reason ?? null, shown.reason ?? null],
    ["correlationId", meta.correlation_id, shown.correlationId],
    ["source.document", source.document ?? null, told.document ?? null],
    ["source.locator", source.locator ?? null, told.locator ?? null],
    ["source.publisher", source.publisher ?? null, told.publisher ?? null],
    ["source.note", source.note ?? null, told.note ?? null],
    ["source.publishedAt", timeOf(source.published_at), timeOf(told.publishedAt)],
  ];
  for (const [name, said, seen] of pairs) if (said !== seen) throw new NotProven("OTHER_WORDS", name);

  if ((event.schema_version ?? 1) !== shown.schemaVersion) return { unstated: [], olderForm: true };
  const own = Object.fromEntries(Object.entries(event).filter(([name]) => !OF_EVERY_EVENT.includes(name)));
  const data = fieldsOf(shown.data, "data");
  for (const name of Object.keys(own)) {
    if (canonical(own[name]) !== canonical(data[name])) throw new NotProven("OTHER_WORDS", `data.${name}`);
  }
  const added = Object.keys(data).filter((name) => !(name in own));
  return { unstated: added.filter((name) => !isEmpty(data[name])), olderForm: false };
}

/** Microseconds since 1970 of an instant, whatever its digits; null where it is none. */
export function microsOf(instant: string): bigint | null {
  const found = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)$/.exec(instant);
  if (found === null) return null;
  const [, seconds = "", fraction = "", zone = ""] = found;
  const whole = Date.parse(`${seconds}${zone}`);
  return Number.isNaN(whole) ? null : BigInt(whole) * 1000n + BigInt(fraction.padEnd(6, "0"));
}

function timeOf(instant: unknown): bigint | null {
  return typeof instant === "string" ? microsOf(instant) : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new NotProven("OTHER_CONTENT", "JSON");
  }
}

function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new NotProven("OTHER_CONTENT", what);
  return value as Fields;
}

/** A value as text, with the fields of objects in one order. */
function canonical(value: unknown): string | undefined {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1)))
      : each,
  );
}

function isEmpty(value: unknown): boolean {
  return value === null || value === false || (Array.isArray(value) && value.length === 0);
}
