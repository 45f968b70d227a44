/** What may be done on a ticket 操作: for every command its mutation, what it asks for, and how that becomes its input. */
import type { TypedDocumentNode } from "@urql/core";
import {
  AcceptTicketDocument,
  AddTicketSupportDocument,
  AskTicketExtensionDocument,
  AssignTicketOnSiteDocument,
  CarryOutTicketDecisionDocument,
  CompleteTicketSupportDocument,
  ConfirmTicketDocument,
  CorrectTicketReceiptDocument,
  DecideTicketDocument,
  DecideTicketExtensionDocument,
  EscalateTicketDocument,
  type Escalation,
  FixTicketDeadlineDocument,
  IssueTicketDocument,
  MarkTicketInternalDocument,
  type OwedKind,
  ReassignTicketDocument,
  ReceiveTicketDocument,
  RecordTicketAttemptDocument,
  RemindTicketDocument,
  ReopenTicketDocument,
  ReportTicketProgressDocument,
  ResolveTicketDocument,
  ResolveTicketOnSpotDocument,
  ReturnTicketDocument,
  WithdrawTicketDocument,
} from "../../../generated/operations";
import type { WORDS } from "./words";

/** What a reader gave, by the name of the field. What was left out is the empty text. */
export type Given = (name: FieldName) => string;

export type FieldName =
  | "opinion"
  | "promisedBy"
  | "receivedAt"
  | "note"
  | "reason"
  | "to"
  | "until"
  | "granted"
  | "outcome"
  | "settled"
  | "due"
  | "unit"
  | "level"
  | "leader"
  | "leaderPost"
  | "text"
  | "decision"
  | "document"
  | "locator"
  | "signer"
  | "signerPost"
  | "internal";

export interface Field {
  readonly name: FieldName;
  readonly kind: "text" | "line" | "day" | "instant" | "unit" | "choice" | "decision";
  /** What the command cannot be sent without. What the rules need beyond that, the server says. */
  readonly needed?: true;
  /** Of a choice: what there is to choose from. */
  readonly among?: readonly (keyof typeof WORDS)[];
}

interface OfATicket {
  ticket: string | number;
  commandId?: string | number | null | undefined;
  expectedVersion?: number | null | undefined;
}

/** What may be done: on a sheet, or on a page of its own. */
export type Action = OnSheet | OnPage;

interface OnPage {
  readonly name: ActionName;
  /** Where the page is, for a ticket. */
  readonly to: (ticket: string) => string;
}

export interface OnSheet {
  /** The command, by the name of its mutation: as `may` calls it. */
  readonly name: ActionName;
  readonly document: TypedDocumentNode<unknown, { input: OfATicket }>;
  readonly fields: readonly Field[];
  readonly input: (given: Given) => object;
}

export type ActionName =
  | "receiveTicket"
  | "acceptTicket"
  | "returnTicket"
  | "reportTicketProgress"
  | "resolveTicket"
  | "completeTicketSupport"
  | "askTicketExtension"
  | "decideTicketExtension"
  | "confirmTicket"
  | "reopenTicket"
  | "remindTicket"
  | "escalateTicket"
  | "recordTicketAttempt"
  | "decideTicket"
  | "carryOutTicketDecision"
  | "reassignTicket"
  | "addTicketSupport"
  | "withdrawTicket"
  | "resolveTicketOnSpot"
  | "assignTicketOnSite"
  | "issueTicket"
  | "amendTicketDraft"
  | "correctTicketReceipt"
  | "fixTicketDeadline"
  | "markTicketInternal";

/** An action, its input checked against the mutation's. */
function action<Input extends OfATicket>(
  name: ActionName,
  document: TypedDocumentNode<unknown, { input: Input }>,
  fields: readonly Field[],
  input: (given: Given) => Omit<Input, keyof OfATicket>,
): OnSheet {
  return { name, document: document as unknown as OnSheet["document"], fields, input };
}

/** An action that has a page of its own. */
function page(name: ActionName, to: (ticket: string) => string): OnPage {
  return { name, to };
}

/** A text that may be left out. */
const some = (text: string): string | null => (text.trim() === "" ? null : text.trim());

/** An official, where one was named. */
const official = (name: string, post: string) => (some(name) === null ? null : { name: name.trim(), post: some(post) });

/** An instant of Asia/Shanghai from what a field of date and time holds. */
const inShanghai = (local: string): string => `${local.length === 16 ? `${local}:00` : local}+08:00`;

const source = (given: Given) =>
  some(given("document")) === null
    ? null
    : { document: given("document").trim(), locator: given("locator").trim() || "–" };

const REASON: Field = { name: "reason", kind: "text" };
const OPINION: Field = { name: "opinion", kind: "text" };
const OUTCOME: Field = { name: "outcome", kind: "text" };
const NOTE: Field = { name: "note", kind: "text" };
const DOCUMENT: readonly Field[] = [
  { name: "document", kind: "line" },
  { name: "locator", kind: "line" },
];

/** Every command on a ticket that stands in `may`, in the order in which a ticket's life needs them. */
export const ACTIONS: readonly Action[] = [
  action("receiveTicket", ReceiveTicketDocument, [], () => ({})),
  action("acceptTicket", AcceptTicketDocument, [OPINION, { name: "promisedBy", kind: "day" }], (given) => ({
    opinion: some(given("opinion")),
    promisedBy: some(given("promisedBy")),
  })),
  action("returnTicket", ReturnTicketDocument, [OPINION], (given) => ({ opinion: some(given("opinion")) })),
  action("reportTicketProgress", ReportTicketProgressDocument, [NOTE], (given) => ({ note: some(given("note")) })),
  action("resolveTicket", ResolveTicketDocument, [OUTCOME], (given) => ({ outcome: some(given("outcome")) })),
  action("completeTicketSupport", CompleteTicketSupportDocument, [OUTCOME], (given) => ({
    outcome: some(given("outcome")),
  })),
  action(
    "askTicketExtension",
    AskTicketExtensionDocument,
    [{ name: "until", kind: "day", needed: true }, REASON],
    (given) => ({ to: given("until"), reason: some(given("reason")) }),
  ),
  action(
    "decideTicketExtension",
    DecideTicketExtensionDocument,
    [
      { name: "granted", kind: "choice", needed: true, among: ["grant", "refuse"] },
      { name: "until", kind: "day" },
      OPINION,
    ],
    (given) => ({
      granted: given("granted") === "grant",
      to: given("granted") === "grant" ? some(given("until")) : null,
      opinion: some(given("opinion")),
    }),
  ),
  action("confirmTicket", ConfirmTicketDocument, [OPINION], (given) => ({ opinion: some(given("opinion")) })),
  action("reopenTicket", ReopenTicketDocument, [REASON, { name: "due", kind: "day" }], (given) => ({
    reason: some(given("reason")),
    due: some(given("due")),
  })),
  action("remindTicket", RemindTicketDocument, [NOTE], (given) => ({ note: some(given("note")) })),
  action(
    "escalateTicket",
    EscalateTicketDocument,
    [
      { name: "level", kind: "choice", needed: true, among: ["LEADING_OFFICIAL", "MAYORS_OFFICE_MEETING"] },
      { name: "leader", kind: "line" },
      { name: "leaderPost", kind: "line" },
      REASON,
    ],
    (given) => ({
      to: given("level") as Escalation,
      leader: given("level") === "LEADING_OFFICIAL" ? official(given("leader"), given("leaderPost")) : null,
      reason: some(given("reason")),
    }),
  ),
  action(
    "recordTicketAttempt",
    RecordTicketAttemptDocument,
    [OUTCOME, { name: "settled", kind: "choice", needed: true, among: ["settledYes", "settledNo"] }],
    (given) => ({ outcome: some(given("outcome")), settled: given("settled") === "settledYes" }),
  ),
  action(
    "decideTicket",
    DecideTicketDocument,
    [
      { name: "text", kind: "text" },
      { name: "unit", kind: "unit", needed: true },
      { name: "due", kind: "day", needed: true },
    ],
    (given) => ({ text: some(given("text")), responsible: given("unit"), deadline: given("due") }),
  ),
  action(
    "carryOutTicketDecision",
    CarryOutTicketDecisionDocument,
    [{ name: "decision", kind: "decision", needed: true }, OUTCOME],
    (given) => ({ decision: Number(given("decision")), outcome: some(given("outcome")) }),
  ),
  action("reassignTicket", ReassignTicketDocument, [{ name: "unit", kind: "unit", needed: true }, REASON], (given) => ({
    to: given("unit"),
    reason: some(given("reason")),
  })),
  action("addTicketSupport", AddTicketSupportDocument, [{ name: "unit", kind: "unit", needed: true }], (given) => ({
    unit: given("unit"),
  })),
  action("withdrawTicket", WithdrawTicketDocument, [REASON], (given) => ({ reason: some(given("reason")) })),
  action("resolveTicketOnSpot", ResolveTicketOnSpotDocument, [OUTCOME], (given) => ({
    outcome: some(given("outcome")),
  })),
  action(
    "assignTicketOnSite",
    AssignTicketOnSiteDocument,
    [
      { name: "unit", kind: "unit", needed: true },
      { name: "due", kind: "day", needed: true },
    ],
    (given) => ({ unit: given("unit"), due: given("due") }),
  ),
  action(
    "issueTicket",
    IssueTicketDocument,
    [
      { name: "signer", kind: "line" },
      { name: "signerPost", kind: "line" },
    ],
    (given) => ({ signedOffBy: official(given("signer"), given("signerPost")) }),
  ),
  page("amendTicketDraft", (ticket) => `/tickets/${ticket}/edit`),
  action(
    "correctTicketReceipt",
    CorrectTicketReceiptDocument,
    [{ name: "receivedAt", kind: "instant", needed: true }, REASON, ...DOCUMENT],
    (given) => ({
      receivedAt: inShanghai(given("receivedAt")),
      reason: some(given("reason")),
      source: source(given),
    }),
  ),
  action("fixTicketDeadline", FixTicketDeadlineDocument, [], () => ({})),
  action(
    "markTicketInternal",
    MarkTicketInternalDocument,
    [
      { name: "internal", kind: "choice", needed: true, among: ["internalYes", "internalNo"] },
      { ...REASON, needed: true },
    ],
    (given) => ({ internal: given("internal") === "internalYes", reason: some(given("reason")) }),
  ),
];

/** What moves on what is owed, the likeliest first. */
const MOVES_ON: Readonly<Record<OwedKind, readonly ActionName[]>> = {
  RECEIPT: ["receiveTicket"],
  REPLY: ["acceptTicket", "returnTicket"],
  COMMITMENT: ["resolveTicket", "completeTicketSupport", "reportTicketProgress", "askTicketExtension"],
  NEXT_STEP: ["reassignTicket", "withdrawTicket"],
  CONFIRMATION: ["confirmTicket", "reopenTicket"],
  EXTENSION_DECISION: ["decideTicketExtension"],
  LEADER_ATTEMPT: ["recordTicketAttempt"],
  DECISION: ["decideTicket"],
  CARRYING_OUT: ["carryOutTicketDecision"],
};

export interface Permission {
  readonly action: string;
  readonly allowed: boolean;
  readonly because?: { readonly code: string; readonly message: string } | null | undefined;
}

export interface Sorted {
  /** What may be done and moves on what is owed, the likeliest first. */
  readonly moving: readonly Action[];
  /** What else may be done. */
  readonly open: readonly Action[];
  /** What may not be done, by the reason for it: every reason is said once. */
  readonly closed: readonly { readonly code: string; readonly message: string; readonly actions: readonly Action[] }[];
}

/** The actions on a ticket as its reader meets them. */
export function sorted(may: readonly Permission[], owed: readonly { readonly what: OwedKind }[]): Sorted {
  const wanted = [...new Set(owed.flatMap(({ what }) => MOVES_ON[what]))];
  const allowed = new Set(may.filter((one) => one.allowed).map((one) => one.action));
  const named = (name: ActionName) => ACTIONS.filter((each) => each.name === name);
  const moving = wanted.filter((name) => allowed.has(name)).flatMap(named);
  const open = ACTIONS.filter((each) => allowed.has(each.name) && !moving.includes(each));
  const closed = new Map<string, { code: string; message: string; actions: Action[] }>();
  for (const each of ACTIONS) {
    const because = may.find((one) => one.action === each.name)?.because;
    if (because === null || because === undefined) continue;
    const key = `${because.code} ${because.message}`;
    const reason = closed.get(key) ?? { code: because.code, message: because.message, actions: [] };
    reason.actions.push(each);
    closed.set(key, reason);
  }
  return { moving, open, closed: [...closed.values()] };
}
