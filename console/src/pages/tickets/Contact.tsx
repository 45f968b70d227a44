/** The contact 联系人 of a ticket: whom to call. Name and phone are sealed, and fetched only when whoever may read them asks to see them. */
import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { ask, useClient } from "../../client/client";
import { useCommand } from "../../client/command";
import { newCommandId } from "../../client/commandId";
import { type Failure, failuresOf } from "../../client/failure";
import { pointOf } from "../../client/moment";
import { Link, usePlace } from "../../client/place";
import {
  NameTicketContactDocument,
  RegisterPersonDocument,
  TicketContactDocument,
  type TicketContactQuery,
} from "../../generated/operations";
import { Differs } from "../../parts/Differs";
import { Because, Failures, Refusal } from "../../parts/Said";
import { instantText } from "../../words/dates";
import { useWords } from "../../words/language";
import type { TicketShown } from "./steps";
import { WORDS } from "./words";

type Opened = NonNullable<NonNullable<TicketContactQuery["moment"]["ticket"]>["contact"]>;

export function Contact({ ticket, now }: { ticket: TicketShown; now: TicketShown | undefined }) {
  const t = useWords(WORDS);
  const { at } = usePlace();
  const id = useId();
  const [naming, setNaming] = useState(false);
  const { contact } = ticket;
  const may = ticket.may.find(({ action }) => action === "nameTicketContact");
  return (
    <section className="contact" aria-label={t("contact")}>
      <h2>{t("contact")}</h2>
      <Differs
        then={standing(contact)}
        now={now && standing(now.contact)}
        block
        draw={(whose) =>
          whose === null ? (
            <p className="hint">{t("noContact")}</p>
          ) : whose.erased ? (
            <p>
              <strong>{t("erased")}</strong>{" "}
              {whose.erasedAt === null ? null : <time dateTime={whose.erasedAt}>{instantText(whose.erasedAt)}</time>}{" "}
              {whose.legalBasis === null ? null : t("onBasis", { basis: whose.legalBasis })}{" "}
              <Link to={`/record?of=${whose.person}`}>{t("itsEvents")}</Link>
            </p>
          ) : whose.hidden ? (
            <p className="hint">{t("contactHidden")}</p>
          ) : (
            <Sealed key={`${whose.person} ${at}`} ticket={ticket.entityId} />
          )
        }
      />
      {may === undefined ? null : may.allowed && at === null ? (
        <button type="button" onClick={() => setNaming(true)}>
          {t(contact === null ? "nameContact" : "changeContact")}
        </button>
      ) : (
        <p className="not-now">
          <button type="button" aria-disabled="true" aria-describedby={id}>
            {t(contact === null ? "nameContact" : "changeContact")}
          </button>{" "}
          <small id={id} className="hint">
            <Because of={may.because} />
          </small>
        </p>
      )}
      {naming ? <Naming ticket={ticket} close={() => setNaming(false)} /> : null}
    </section>
  );
}

/** How it stands with a contact, without what is personal. */
function standing(contact: TicketShown["contact"]) {
  if (contact === null) return null;
  const { entityId: person, erased, erasedAt, legalBasis, hidden } = contact;
  return { person, erased, erasedAt, legalBasis, hidden };
}

/** Name and phone, from when they are asked for until they are put away. Nothing else keeps them. */
function Sealed({ ticket }: { ticket: string }) {
  const t = useWords(WORDS);
  const client = useClient();
  const { at } = usePlace();
  const [opened, setOpened] = useState<Opened | null>(null);
  const [failures, setFailures] = useState<readonly Failure[]>([]);
  const open = async () => {
    const moment = at === null ? {} : { at: pointOf(at) };
    const { data, error } = await ask(client, TicketContactDocument, { entityId: ticket, ...moment });
    setFailures(failuresOf(error));
    setOpened(data?.moment.ticket?.contact ?? null);
  };
  return (
    <>
      {opened === null ? (
        <button type="button" onClick={open}>
          {t("showContact")}
        </button>
      ) : (
        <p className="opened" role="status">
          <strong>{opened.erased ? t("erased") : opened.name}</strong>{" "}
          {opened.phone === null ? null : <a href={`tel:${opened.phone.replace(/[^+\d]/g, "")}`}>{opened.phone}</a>}{" "}
          <button type="button" className="quiet" onClick={() => setOpened(null)}>
            {t("hideContact")}
          </button>
        </p>
      )}
      <Failures failures={failures} />
    </>
  );
}

/** Who the contact shall be: a person is entered, and named. */
function Naming({ ticket, close }: { ticket: TicketShown; close: () => void }) {
  const t = useWords(WORDS);
  const title = useId();
  const help = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const register = useCommand(RegisterPersonDocument);
  const name = useCommand(NameTicketContactDocument);
  // Sent again under the same ids, so that nobody is entered twice.
  const ids = useRef({ register: newCommandId(), name: newCommandId() });
  const busy = register.running || name.running;
  useEffect(() => dialog.current?.showModal(), []);

  const be = async (person: string | null) => {
    const input = { ticket: ticket.entityId, person, commandId: ids.current.name };
    const given = await name.give({ input });
    if (given?.nameTicketContact.__typename === "TicketReceipt") close();
    else ids.current.name = newCommandId();
  };
  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const form = new FormData(event.currentTarget);
    const given = await register.give({
      input: {
        name: String(form.get("name") ?? "").trim(),
        phone: String(form.get("phone") ?? "").trim() || null,
        unit: ticket.issuer?.code ?? null,
        commandId: ids.current.register,
      },
    });
    if (given?.registerPerson.__typename === "PersonReceipt") await be(given.registerPerson.person.entityId);
    else ids.current.register = newCommandId();
  };
  return (
    <dialog ref={dialog} className="sheet" aria-labelledby={title} onClose={close}>
      <form onSubmit={send}>
        <h2 id={title}>{t(ticket.contact === null ? "nameContact" : "changeContact")}</h2>
        <p className="hint" id={help}>
          {t("contactSealed")}
        </p>
        <div className="asked">
          <label htmlFor={`${title}-name`}>{t("contactName")}</label>
          <input id={`${title}-name`} name="name" required autoComplete="off" aria-describedby={help} />
        </div>
        <div className="asked">
          <label htmlFor={`${title}-phone`}>{t("contactPhone")}</label>
          <input id={`${title}-phone`} name="phone" type="tel" autoComplete="off" aria-describedby={help} />
        </div>
        <Refusal refused={register.refused ?? name.refused} />
        <Failures failures={[...register.failures, ...name.failures]} />
        <div className="buttons">
          {ticket.contact === null ? null : (
            <button type="button" aria-disabled={busy} onClick={() => busy || void be(null)}>
              {t("noContactAnyMore")}
            </button>
          )}
          <button type="button" onClick={close}>
            {t("cancelContact")}
          </button>
          <button type="submit" className="primary" aria-disabled={busy}>
            {t("nameContact")}
          </button>
        </div>
      </form>
    </dialog>
  );
}
