/** What is written of a ticket before it is sent 草稿内容: as the form holds it, as commands take it, and where a refusal belongs. */

import type { Refused } from "../../../client/command";
import type { Failure } from "../../../client/failure";
import type {
  AmendTicketDraftInput,
  DraftTicketInput,
  RegisterPersonInput,
  SubjectKind,
  TicketCategory,
  TicketOrigin,
} from "../../../generated/operations";
import type { Subject } from "../About";

export const CATEGORIES = [
  "PROJECT_PROGRESS",
  "LAND_USE",
  "INVESTMENT_PROMOTION",
  "APPROVAL_ASSISTANCE",
  "INDUSTRIAL_WASTEWATER",
] as const satisfies readonly TicketCategory[];

export interface Written {
  readonly origin: TicketOrigin;
  readonly meeting: string;
  readonly issuer: string;
  readonly category: TicketCategory | "";
  readonly subject: string;
  readonly body: string;
  readonly about: readonly Subject[];
  readonly handler: string;
  readonly supports: readonly string[];
  readonly copies: readonly string[];
  readonly requestedBy: string;
  readonly signer: string;
  readonly signerPost: string;
  readonly contactName: string;
  readonly contactPhone: string;
}

/** The fields of the form, in its order; what a refusal is about is one of them. */
export const FIELDS = [
  "origin",
  "meeting",
  "issuer",
  "category",
  "subject",
  "body",
  "about",
  "handler",
  "supports",
  "copies",
  "requestedBy",
  "signer",
  "signerPost",
  "contactName",
  "contactPhone",
] as const satisfies readonly (keyof Written)[];
export type FieldName = (typeof FIELDS)[number];

const KINDS: Readonly<Record<Subject["__typename"], SubjectKind>> = {
  Project: "PROJECT",
  Parcel: "PARCEL",
  Company: "COMPANY",
};

const some = (text: string): string | null => (text.trim() === "" ? null : text.trim());

type Told = Required<
  Pick<AmendTicketDraftInput, "subject" | "body" | "about" | "handler" | "copies" | "requestedBy" | "meeting">
>;

/** What both drafting and amending say: all that the form holds, so that what was cleared there is cleared. */
function told(written: Written) {
  return {
    category: written.category as TicketCategory,
    subject: written.subject,
    body: written.body,
    about: written.about.map(({ __typename, entityId }) => ({ kind: KINDS[__typename], id: entityId })),
    handler: some(written.handler),
    copies: [...written.copies],
    requestedBy: some(written.requestedBy),
    meeting: some(written.meeting),
  } satisfies Told & { category: TicketCategory };
}

export function draftInput(written: Written, commandId: string): DraftTicketInput {
  return { ...told(written), origin: written.origin, issuer: some(written.issuer), commandId };
}

export function amendInput(
  written: Written,
  ticket: string,
  version: number,
  commandId: string,
): AmendTicketDraftInput {
  return { ...told(written), ticket, expectedVersion: version, commandId };
}

export function signOff({ signer, signerPost }: Written): { name: string; post: string | null } | null {
  const name = some(signer);
  return name === null ? null : { name, post: some(signerPost) };
}

/** Who is to be called, as a person is entered; null where nobody was written. */
export function personInput(
  { contactName, contactPhone, issuer }: Written,
  commandId: string,
): RegisterPersonInput | null {
  const name = some(contactName);
  return name === null ? null : { name, phone: some(contactPhone), unit: some(issuer), commandId };
}

const OF_CODES: Readonly<Record<string, FieldName>> = {
  LiaisonFormNeedsAnIssuer: "issuer",
  NotYourUnit: "issuer",
  IssueNeedsAHandler: "handler",
  OnSiteItemHasNoReplyRule: "origin",
  AlreadyHandling: "supports",
};

/** Which field a refusal is about; null where it is about none of them. */
export function fieldOf(refused: Refused, written: Written): FieldName | null {
  const known = OF_CODES[refused.code];
  if (known !== undefined) return known;
  const { kind, id, unit } = refused.facts;
  const code = kind === "unit" ? id : unit;
  if (typeof code === "string") {
    if (written.handler === code) return "handler";
    if (written.copies.includes(code)) return "copies";
    if (written.supports.includes(code)) return "supports";
    if (written.issuer === code) return "issuer";
  }
  if (kind === "meeting") return "meeting";
  return written.about.some(({ entityId }) => entityId === id) ? "about" : null;
}

/** What entering a person calls the fields of its own. */
const OF_PERSONS: Readonly<Record<string, FieldName>> = { name: "contactName", phone: "contactPhone" };

/** Which field of the form an error of the input names, by the path that comes with it. */
export function fieldOfInput(failure: Failure): FieldName | null {
  const [first, second] = failure.input ?? [];
  const name =
    first === "signedOffBy" ? (second === "post" ? "signerPost" : "signer") : (OF_PERSONS[first ?? ""] ?? first);
  const camel = name?.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  return FIELDS.find((field) => field === camel) ?? null;
}
