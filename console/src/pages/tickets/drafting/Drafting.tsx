/** Drafting a ticket, amending a draft, and issuing it 起草与发出: one form; what the server refuses stands at the field that it is about. */
import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { useAnswer } from "../../../client/answer";
import { type Refused, useCommand } from "../../../client/command";
import { newCommandId } from "../../../client/commandId";
import type { Failure } from "../../../client/failure";
import { Link, usePlace } from "../../../client/place";
import {
  AddTicketSupportDocument,
  AmendTicketDraftDocument,
  DraftingDocument,
  type DraftingQuery,
  DraftTicketDocument,
  IssueTicketDocument,
  NameTicketContactDocument,
  RegisterPersonDocument,
  type TicketCategory,
  type TicketOrigin,
} from "../../../generated/operations";
import { Answered, Because, Failures, Refusal } from "../../../parts/Said";
import { useLabel, useWords } from "../../../words/language";
import type { Subject } from "../About";
import { NearDays } from "../acting/Acting";
import { type Described, SubjectsChosen, UnitsChosen } from "./Choosing";
import { WORDS } from "./words";
import {
  amendInput,
  CATEGORIES,
  draftInput,
  type FieldName,
  fieldOf,
  fieldOfInput,
  personInput,
  signOff,
  type Written,
} from "./written";
import "./drafting.css";

/** What a draft cannot do without. */
const NEEDED = ["category", "subject"] as const;
/** Of these, what is chosen: the form itself says that it was not. */
const CHOSEN = ["category"] as const;

const KINDS = ["project", "parcel", "company"] as const;

/** What the form stands at: what is written, how far its commands came, and under which ids they are sent. */
interface Stand {
  readonly written: Written;
  readonly ids: Readonly<Record<string, string>>;
  readonly draft: { readonly ticket: string; readonly version: number } | null;
  readonly issued: boolean;
}

// Of this tab, by who writes and on what: a form that was left by mistake is found as it was.
const stands = new Map<string, Stand>();

export function DraftingPage({ ticket }: { ticket?: string }) {
  const t = useWords(WORDS);
  const { query } = usePlace();
  const [kind = "", about = ""] = (query.get("about") ?? "").split(":");
  const answer = useAnswer(DraftingDocument, {
    about,
    aboutProject: kind === "project" && about !== "",
    aboutParcel: kind === "parcel" && about !== "",
    aboutCompany: kind === "company" && about !== "",
    ticket: ticket ?? null,
    amending: ticket !== undefined,
  });
  const key = `${answer.data?.viewer.subject} ${ticket ?? "new"} ${KINDS.some((each) => each === kind) ? about : ""}`;
  return (
    <article className="drafting">
      <p className="back">
        <Link to={ticket === undefined ? "/tickets" : `/tickets/${ticket}`}>{t("back")}</Link>
      </p>
      <h1>{t(ticket === undefined ? "title" : "amending")}</h1>
      <Answered answer={answer} unknown={ticket === undefined ? undefined : <p>{t("unknown")}</p>}>
        {(asked) =>
          ticket !== undefined && !asked.moment.ticket ? (
            <p>{t("unknown")}</p>
          ) : (
            <Form key={key} asked={asked} stand={stands.get(key) ?? begun(asked)} keep={(one) => kept(key, one)} />
          )
        }
      </Answered>
    </article>
  );
}

function kept(key: string, stand: Stand | null): void {
  if (stand === null) stands.delete(key);
  else stands.set(key, stand);
}

/** The form as it begins: empty but for who asks and what it shall be about, or as the draft stands. */
function begun({ viewer, moment }: DraftingQuery): Stand {
  const { ticket, project, parcel, company } = moment;
  const named: readonly (Subject | null | undefined)[] = [
    project && { ...project, __typename: "Project" as const },
    parcel && { ...parcel, __typename: "Parcel" as const },
    company && { ...company, __typename: "Company" as const },
  ];
  const about = named.filter((each) => each !== null && each !== undefined);
  const written: Written = {
    origin: ticket?.origin ?? (reachOf(viewer) === "ON_SITE_ITEMS" ? "ON_SITE_MEETING" : "LIAISON_FORM"),
    meeting: ticket?.meeting?.entityId ?? "",
    issuer: ticket?.issuer?.code ?? viewer.units[0]?.code ?? "",
    category: ticket?.category ?? "",
    subject: ticket?.subject ?? "",
    body: ticket?.body ?? "",
    about: ticket?.about ?? about,
    handler: ticket?.handler?.code ?? "",
    supports: [],
    copies: ticket?.copies.map(({ code }) => code) ?? [],
    requestedBy: ticket?.requestedBy ?? "",
    signer: "",
    signerPost: "",
    contactName: "",
    contactPhone: "",
  };
  const draft = ticket ? { ticket: ticket.entityId, version: ticket.version } : null;
  return { written, ids: {}, draft, issued: false };
}

/** How far the viewer may draft tickets, as the server's table of permissions has it; undefined where not at all. */
function reachOf({ may }: DraftingQuery["viewer"]) {
  return may.find(({ action }) => action === "draftTicket")?.reach;
}

/** Why nothing can be drafted here and now; null where the server is to judge. */
function useWhyNot({ viewer, moment }: DraftingQuery): string | null {
  const t = useWords(WORDS);
  const { at } = usePlace();
  if (at !== null) return t("inThePast");
  if (!viewer.signedIn) return t("signIn");
  const amend = moment.ticket?.may.find(({ action }) => action === "amendTicketDraft");
  if (amend !== undefined && !amend.allowed) return amend.because?.message ?? t("notYours");
  return reachOf(viewer) === undefined ? t("notYours") : null;
}

interface Sent {
  readonly refused: Refused | null;
  readonly failures: readonly Failure[];
}

function Form({
  asked,
  stand: first,
  keep,
}: {
  asked: DraftingQuery;
  stand: Stand;
  keep: (stand: Stand | null) => void;
}) {
  const t = useWords(WORDS);
  const say = useLabel();
  const id = useId();
  const { go } = usePlace();
  const [stand, setStand] = useState(first);
  const [missing, setMissing] = useState<(typeof CHOSEN)[number] | null>(null);
  const [sending, setSending] = useState<"save" | "issue" | null>(null);
  const commands = {
    draft: useCommand(DraftTicketDocument),
    amend: useCommand(AmendTicketDraftDocument),
    issue: useCommand(IssueTicketDocument),
    support: useCommand(AddTicketSupportDocument),
    person: useCommand(RegisterPersonDocument),
    contact: useCommand(NameTicketContactDocument),
  };
  const whyNot = useWhyNot(asked);
  const { written, draft } = stand;
  const { viewer, moment } = asked;
  const units = moment.units.nodes;

  const move = (next: Stand) => {
    setStand(next);
    keep(next);
    return next;
  };
  const write = (changes: Partial<Written>) => move({ ...stand, written: { ...written, ...changes } });

  /** The id of a command: the same until that command has succeeded, so that sending it again does nothing twice. */
  const idOf = (of: Stand, name: string) => of.ids[name] ?? newCommandId();
  const done = (of: Stand, name: string, more: Partial<Stand>): Stand => {
    const { [name]: _, ...ids } = of.ids;
    return move({ ...of, ids, ...more });
  };
  const sent = (of: Stand, name: string, commandId: string) => move({ ...of, ids: { ...of.ids, [name]: commandId } });

  const save = async (of: Stand): Promise<Stand | null> => {
    if (of.draft === null) {
      const commandId = idOf(of, "draft");
      const now = sent(of, "draft", commandId);
      const data = await commands.draft.give({ input: draftInput(now.written, commandId) });
      if (data?.draftTicket.__typename !== "TicketReceipt") return null;
      const { entityId, version } = data.draftTicket.ticket;
      return done(now, "draft", { draft: { ticket: entityId, version } });
    }
    const commandId = newCommandId();
    const input = amendInput(of.written, of.draft.ticket, of.draft.version, commandId);
    const data = await commands.amend.give({ input });
    if (data?.amendTicketDraft.__typename !== "TicketReceipt") return null;
    return move({ ...of, draft: { ticket: of.draft.ticket, version: data.amendTicketDraft.ticket.version } });
  };
  const issue = async (of: Stand): Promise<Stand | null> => {
    if (of.draft === null) return null;
    const commandId = idOf(of, "issue");
    const now = sent(of, "issue", commandId);
    const input = {
      ticket: of.draft.ticket,
      expectedVersion: of.draft.version,
      signedOffBy: signOff(now.written),
      commandId,
    };
    const data = await commands.issue.give({ input });
    if (data?.issueTicket.__typename !== "TicketReceipt") return done(now, "issue", {}) && null;
    return done(now, "issue", { issued: true });
  };
  const support = async (of: Stand): Promise<Stand | null> => {
    let now = of;
    for (const unit of of.written.supports) {
      const name = `support ${unit}`;
      const commandId = idOf(now, name);
      now = sent(now, name, commandId);
      const ticket = now.draft?.ticket ?? "";
      if ((await commands.support.give({ input: { ticket, unit, commandId } })) === undefined) return null;
      const supports = now.written.supports.filter((each) => each !== unit);
      now = done(now, name, { written: { ...now.written, supports } });
    }
    return now;
  };

  /** Enter who is to be called, and name them: two commands, each of which is known again when it is sent again. */
  const contact = async (of: Stand): Promise<Stand | null> => {
    if (of.draft === null) return null;
    const personId = idOf(of, "person");
    const input = personInput(of.written, personId);
    if (input === null) return of;
    let now = sent(of, "person", personId);
    const entered = await commands.person.give({ input });
    if (entered?.registerPerson.__typename !== "PersonReceipt") return done(now, "person", {}) && null;
    const commandId = idOf(now, "contact");
    now = sent(now, "contact", commandId);
    const person = entered.registerPerson.person.entityId;
    const data = await commands.contact.give({ input: { ticket: of.draft.ticket, person, commandId } });
    if (data?.nameTicketContact.__typename !== "TicketReceipt") return null;
    const draft = { ticket: of.draft.ticket, version: data.nameTicketContact.ticket.version };
    const { person: _, contact: __, ...ids } = now.ids;
    return move({ ...now, ids, draft, written: { ...now.written, contactName: "", contactPhone: "" } });
  };

  const send = async (what: "save" | "issue") => {
    if (sending !== null || whyNot !== null) return;
    setSending(what);
    for (const each of Object.values(commands)) each.clear();
    let now: Stand | null = stand.issued ? stand : await save(stand);
    if (now !== null && !now.issued) now = await contact(now);
    if (now !== null && what === "issue" && !now.issued) now = await issue(now);
    if (now !== null && what === "issue") now = await support(now);
    setSending(null);
    if (now?.draft) {
      keep(null);
      go(`/tickets/${now.draft.ticket}`);
    }
  };

  const ended: readonly Sent[] = Object.values(commands);
  const refused = ended.find((each) => each.refused !== null)?.refused ?? null;
  const failures = ended.flatMap((each) => each.failures);
  const wrong = new Map<FieldName, { code: string; message: string }>();
  if (refused !== null) {
    const field = fieldOf(refused, written);
    if (field !== null) wrong.set(field, refused);
  }
  for (const failure of failures) {
    const field = fieldOfInput(failure);
    if (field !== null) wrong.set(field, failure);
  }
  // What stands at no field that is shown stands above the buttons.
  const shown: readonly FieldName[] = reachOf(viewer) === "OWN_UNIT" ? [] : ["origin", "meeting"];
  const hidden = (field: FieldName) =>
    ((field === "origin" || field === "meeting") && !shown.includes(field)) ||
    (field === "issuer" && written.origin === "ON_SITE_MEETING");
  for (const field of [...wrong.keys()]) if (hidden(field)) wrong.delete(field);
  const [firstWrong] = wrong.keys();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (firstWrong !== undefined && sending === null) document.getElementById(`${id}-${firstWrong}`)?.focus();
  }, [firstWrong, sending, id]);

  const field = (name: FieldName, draw: (props: Described) => ReactNode, hint?: string) => {
    const empty = missing === name && written[missing] === "";
    const error = empty ? { code: null, message: t("fillIn", { field: t(name) }) } : wrong.get(name);
    const notes = [hint === undefined ? "" : `${id}-${name}-hint`, error ? `${id}-${name}-error` : ""];
    const described = notes.filter(Boolean).join(" ");
    return (
      <div className={error === undefined ? "asked" : "asked wrong"}>
        <label htmlFor={`${id}-${name}`}>
          {t(name)}
          {NEEDED.some((each) => each === name) ? <small className="needed"> {t("needed")}</small> : null}
        </label>
        {hint === undefined ? null : (
          <small className="hint" id={`${id}-${name}-hint`}>
            {hint}
          </small>
        )}
        {draw({
          id: `${id}-${name}`,
          "aria-describedby": described === "" ? undefined : described,
          "aria-invalid": error === undefined ? undefined : true,
        })}
        {error === undefined ? null : (
          <p className="error" id={`${id}-${name}-error`} role="alert">
            <Because of={error} />
          </p>
        )}
      </div>
    );
  };
  const line = (name: "subject" | "signer" | "signerPost" | "contactName" | "contactPhone", hint?: string) =>
    field(
      name,
      (props) => (
        <input
          {...props}
          type={name === "contactPhone" ? "tel" : "text"}
          autoComplete="off"
          value={written[name]}
          onChange={({ target }) => write({ [name]: target.value })}
        />
      ),
      hint,
    );
  const unitOptions = units.map(({ code, name }) => (
    <option key={code} value={code}>
      {say(name)}
    </option>
  ));

  return (
    <form
      ref={form}
      noValidate
      onSubmit={(event: FormEvent<HTMLFormElement>) => {
        event.preventDefault();
        // The server judges what is written; that a choice was made is said here, in the language of the page.
        const empty = CHOSEN.find((name) => written[name] === "");
        setMissing(empty ?? null);
        if (empty !== undefined) {
          document.getElementById(`${id}-${empty}`)?.focus();
          return;
        }
        const { submitter } = event.nativeEvent as SubmitEvent;
        void send(submitter?.getAttribute("value") === "save" ? "save" : "issue");
      }}
    >
      {whyNot === null ? null : (
        <p className="said refused" id={`${id}-why`}>
          {whyNot}
        </p>
      )}
      <fieldset className="fields" disabled={whyNot !== null}>
        {draft !== null && moment.ticket === undefined ? (
          <p className="said refused" role="status">
            {t(stand.issued ? "issued" : "saved")} <Link to={`/tickets/${draft.ticket}`}>{t("toTicket")}</Link>
          </p>
        ) : null}
        {shown.length === 0 ? null : (
          <div className="pair">
            {field("origin", (props) => (
              <select
                {...props}
                value={written.origin}
                disabled={draft !== null}
                onChange={({ target }) => write({ origin: target.value as TicketOrigin })}
              >
                <option value="LIAISON_FORM">{t("LIAISON_FORM")}</option>
                <option value="ON_SITE_MEETING">{t("ON_SITE_MEETING")}</option>
              </select>
            ))}
            {field("meeting", (props) => (
              <select {...props} value={written.meeting} onChange={({ target }) => write({ meeting: target.value })}>
                <option value="">{t("none")}</option>
                {moment.meetings.nodes.map(({ entityId, title }) => (
                  <option key={entityId} value={entityId}>
                    {title}
                  </option>
                ))}
              </select>
            ))}
          </div>
        )}
        <div className="pair">
          {written.origin === "ON_SITE_MEETING"
            ? null
            : field("issuer", (props) => (
                <select
                  {...props}
                  value={written.issuer}
                  disabled={draft !== null}
                  onChange={({ target }) => write({ issuer: target.value })}
                >
                  {viewer.units.length === 0 ? <option value="">{t("choose")}</option> : null}
                  {(viewer.units.length === 0 ? units : viewer.units).map(({ code, name }) => (
                    <option key={code} value={code}>
                      {say(name)}
                    </option>
                  ))}
                </select>
              ))}
          {field("category", (props) => (
            <select
              {...props}
              required
              value={written.category}
              onChange={({ target }) => write({ category: target.value as TicketCategory })}
            >
              <option value="">{t("choose")}</option>
              {CATEGORIES.map((each) => (
                <option key={each} value={each}>
                  {t(each)}
                </option>
              ))}
            </select>
          ))}
        </div>
        {line("subject")}
        {field("body", (props) => (
          <textarea {...props} rows={5} value={written.body} onChange={({ target }) => write({ body: target.value })} />
        ))}
        {field("about", (props) => (
          <SubjectsChosen {...props} chosen={written.about} choose={(about) => write({ about })} />
        ))}
        {field("handler", (props) => (
          <select {...props} value={written.handler} onChange={({ target }) => write({ handler: target.value })}>
            <option value="">{t("none")}</option>
            {unitOptions}
          </select>
        ))}
        {field(
          "supports",
          (props) => (
            <UnitsChosen
              {...props}
              units={units}
              chosen={written.supports}
              but={[written.handler]}
              choose={(supports) => write({ supports })}
            />
          ),
          t("supportsSays"),
        )}
        {field("copies", (props) => (
          <UnitsChosen
            {...props}
            units={units}
            chosen={written.copies}
            but={[]}
            choose={(copies) => write({ copies })}
          />
        ))}
        {field("requestedBy", (props) => (
          <>
            <input
              {...props}
              type="date"
              value={written.requestedBy}
              onChange={({ target }) => write({ requestedBy: target.value })}
            />
            <NearDays requestedBy={null} write={(requestedBy) => write({ requestedBy })} />
          </>
        ))}
        <div className="pair">
          {line("contactName", t(moment.ticket?.contact ? "contactReplaces" : "contactSays"))}
          {line("contactPhone")}
        </div>
        <div className="pair">
          {line("signer")}
          {line("signerPost")}
        </div>
      </fieldset>
      {refused !== null && ![...wrong.values()].includes(refused) ? <Refusal refused={refused} /> : null}
      <Failures failures={failures.filter((each) => ![...wrong.values()].includes(each))} />
      {failures.some(({ code }) => code === "UNREACHABLE") ? <p className="hint">{t("kept")}</p> : null}
      <div className="buttons">
        <Link to={draft === null ? "/tickets" : `/tickets/${draft.ticket}`} className="button">
          {t("cancel")}
        </Link>
        {stand.issued ? null : (
          <button
            type="submit"
            value="save"
            aria-disabled={whyNot !== null || sending !== null}
            aria-describedby={whyNot === null ? undefined : `${id}-why`}
          >
            {sending === "save" ? t("sending") : t("save")}
          </button>
        )}
        <button
          type="submit"
          value="issue"
          className="primary"
          aria-disabled={whyNot !== null || sending !== null}
          aria-describedby={whyNot === null ? undefined : `${id}-why`}
        >
          {sending === "issue" ? t("sending") : t("issue")}
        </button>
      </div>
    </form>
  );
}
