/** Acting on tickets 办理: the buttons, each grey one with its reason, and the sheet on which a command is written and sent. */
import {
  createContext,
  type FormEvent,
  type ReactNode,
  useContext,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from "react";
import { useAnswerAsOf } from "../../../client/answer";
import { useCommand } from "../../../client/command";
import { useLive } from "../../../client/live";
import { Link } from "../../../client/place";
import { useSession } from "../../../client/session";
import { type OwedKind, UnitsDocument } from "../../../generated/operations";
import { Because, Failures, Refusal } from "../../../parts/Said";
import { dayAfter, dayOf } from "../../../words/dates";
import { type InBoth, useLabel, useWords } from "../../../words/language";
import { type Action, type Field, type OnSheet, type Permission, sorted } from "./actions";
import { Drafts } from "./drafts";
import { WORDS } from "./words";
import "./acting.css";

/** A ticket as far as acting on it goes. */
export interface Actable {
  readonly entityId: string;
  readonly number: string | null;
  readonly subject: string;
  readonly stateLabel: InBoth;
  readonly version: number;
  readonly requestedBy: string | null;
  readonly owed: readonly { readonly what: OwedKind; readonly decision: number | null }[];
  readonly may: readonly Permission[];
}

interface Acting {
  /** Open the sheet of an action. */
  readonly act: (action: OnSheet, ticket: Actable) => void;
}

const ActingContext = createContext<Acting | null>(null);
const drafts = new Drafts();
const NEXT_DAYS = [3, 7, 15, 30];
const BUTTONS_ON_A_CARD = 4;

/** Around a page's tickets: it holds the sheet, which stays open although a ticket leaves the list meanwhile. */
export function ActingProvider({ tickets, children }: { tickets: readonly Actable[]; children: ReactNode }) {
  const [open, setOpen] = useState<{ action: OnSheet; ticket: Actable } | null>(null);
  const [recorded, setRecorded] = useState<{ action: OnSheet; ticket: Actable } | null>(null);
  const acting = useMemo<Acting>(
    () => ({
      act: (action, ticket) => {
        setRecorded(null);
        setOpen({ action, ticket });
      },
    }),
    [],
  );
  const ticket = open && (tickets.find(({ entityId }) => entityId === open.ticket.entityId) ?? open.ticket);
  return (
    <ActingContext value={acting}>
      {children}
      {open !== null && ticket !== null ? (
        <Sheet
          key={`${open.action.name} ${ticket.entityId}`}
          action={open.action}
          ticket={ticket}
          close={() => setOpen(null)}
          done={() => {
            setOpen(null);
            setRecorded({ action: open.action, ticket });
          }}
        />
      ) : null}
      {recorded === null ? null : <Recorded {...recorded} close={() => setRecorded(null)} />}
    </ActingContext>
  );
}

/** That a command was recorded, with the way to its ticket, which may be in the list no more. */
function Recorded({ action, ticket, close }: { action: OnSheet; ticket: Actable; close: () => void }) {
  const t = useWords(WORDS);
  const told = useRef<HTMLDivElement>(null);
  useEffect(() => told.current?.focus({ preventScroll: true }), []);
  return (
    <div className="recorded" role="status" tabIndex={-1} ref={told}>
      <Link to={`/tickets/${ticket.entityId}`}>
        {t("recorded", { what: t(action.name), number: ticket.number ?? ticket.subject })}
      </Link>
      <button type="button" className="quiet" aria-label={t("close")} onClick={close}>
        ×
      </button>
    </div>
  );
}

/** The buttons of a ticket: what moves it on, what else is open, and the others in grey with the reason. */
export function Actions({ ticket, onCard = false }: { ticket: Actable; onCard?: boolean }) {
  const t = useWords(WORDS);
  const acting = useContext(ActingContext);
  if (acting === null) throw new Error("there is no ActingProvider above");
  const { moving, open, closed } = sorted(ticket.may, ticket.owed);
  const all = [...moving, ...open];
  const shown = onCard ? all.slice(0, Math.max(moving.length, BUTTONS_ON_A_CARD)) : all;
  const others = all.slice(shown.length);
  const count = closed.reduce((sum, { actions }) => sum + actions.length, 0);
  const button = (action: Action, primary: boolean) =>
    "to" in action ? (
      <Link key={action.name} to={action.to(ticket.entityId)} className={primary ? "button primary" : "button"}>
        {t(action.name)}
      </Link>
    ) : (
      <button
        key={action.name}
        type="button"
        className={primary ? "primary" : undefined}
        onClick={() => acting.act(action, ticket)}
      >
        {t(action.name)}
      </button>
    );
  return (
    <div className="acts">
      {all.length === 0 && !onCard ? <p className="hint">{t("noActions")}</p> : null}
      {shown.length === 0 ? null : (
        <div className="open">{shown.map((action) => button(action, action === moving[0]))}</div>
      )}
      {others.length + count === 0 ? null : (
        <details>
          <summary>{others.length > 0 ? t("more") : t("closed", { count })}</summary>
          {others.length === 0 ? null : <div className="open">{others.map((action) => button(action, false))}</div>}
          {closed.map(({ code, message, actions }) => (
            <Closed key={`${code} ${message}`} code={code} message={message} actions={actions} />
          ))}
        </details>
      )}
    </div>
  );
}

/** Grey buttons, which stay in the order of the keyboard and say why they are grey. */
function Closed({ code, message, actions }: { code: string; message: string; actions: readonly Action[] }) {
  const t = useWords(WORDS);
  const why = useId();
  return (
    <div className="closed">
      <p id={why}>
        <Because of={{ code, message }} />
      </p>
      <div>
        {actions.map(({ name }) => (
          <button key={name} type="button" aria-disabled="true" aria-describedby={why}>
            {t(name)}
          </button>
        ))}
      </div>
    </div>
  );
}

function Sheet({
  action,
  ticket,
  close,
  done,
}: {
  action: OnSheet;
  ticket: Actable;
  close: () => void;
  done: () => void;
}) {
  const t = useWords(WORDS);
  const say = useLabel();
  const { token } = useSession();
  const command = useCommand(action.document);
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  const key = `${token} ${action.name} ${ticket.entityId}`;
  const [values, setValues] = useState(() => drafts.of(key).values);
  // The version that was seen when the sheet was opened: what was decided on another one is asked about again.
  const [version, setVersion] = useState(() => drafts.of(key).sentFor ?? ticket.version);
  const { refused, failures, running } = command;

  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    if (refused === null) return;
    if (refused.currentVersion !== undefined) setVersion(refused.currentVersion);
    if (refused.code === "CommandIdReused") drafts.renew(key);
    else drafts.settle(key);
  }, [refused, key]);

  const write = (name: string, value: string) => {
    const next = { ...values, [name]: value };
    setValues(next);
    drafts.keep(key, next);
  };
  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (running) return;
    const input = {
      ...action.input((name) => values[name] ?? ""),
      ticket: ticket.entityId,
      commandId: drafts.of(key).commandId,
      expectedVersion: version,
    };
    drafts.send(key, version);
    if ((await command.give({ input })) === undefined) return;
    drafts.drop(key);
    done();
  };

  const says = action.name === "receiveTicket" || action.name === "fixTicketDeadline" ? action.name : null;
  return (
    <dialog ref={dialog} className="sheet" aria-labelledby={title} onClose={close}>
      <form onSubmit={send}>
        <h2 id={title}>{t(action.name)}</h2>
        <p className="hint">
          {ticket.number} {ticket.subject} · {say(ticket.stateLabel)}
        </p>
        {says === null ? null : <p>{t(`${says}Says`)}</p>}
        {action.fields.map((field) => (
          <Asked
            key={field.name}
            field={field}
            value={values[field.name] ?? ""}
            ticket={ticket}
            write={(value) => write(field.name, value)}
          />
        ))}
        <Refusal refused={refused} />
        {refused?.code === "StaleVersion" ? <p className="hint">{t("stale")}</p> : null}
        <Failures failures={failures} />
        {failures.length > 0 ? <p className="hint">{t("kept")}</p> : null}
        <div className="buttons">
          <button type="button" onClick={close}>
            {t("cancel")}
          </button>
          <button type="submit" className="primary" aria-disabled={running}>
            {running ? t("sending") : t(action.name)}
          </button>
        </div>
      </form>
    </dialog>
  );
}

interface AskedProps {
  field: Field;
  value: string;
  ticket: Actable;
  write: (value: string) => void;
}

/** One thing that a command asks for. */
function Asked({ field, value, ticket, write }: AskedProps) {
  const t = useWords(WORDS);
  const id = useId();
  const needed = field.needed === true;
  const plain = { id, value, required: needed, name: field.name };
  if (field.kind === "choice") {
    return (
      <fieldset className="asked choices">
        <legend>{t(field.name)}</legend>
        {field.among?.map((each) => (
          <label key={each}>
            <input type="radio" name={id} required={needed} checked={value === each} onChange={() => write(each)} />
            <span>{t(each)}</span>
          </label>
        ))}
      </fieldset>
    );
  }
  return (
    <div className="asked">
      <label htmlFor={id}>{t(field.name)}</label>
      {field.kind === "text" ? (
        <textarea {...plain} rows={3} onChange={(event) => write(event.target.value)} />
      ) : field.kind === "line" ? (
        <input {...plain} type="text" autoComplete="off" onChange={(event) => write(event.target.value)} />
      ) : field.kind === "instant" ? (
        <input {...plain} type="datetime-local" onChange={(event) => write(event.target.value)} />
      ) : field.kind === "day" ? (
        <>
          <input {...plain} type="date" onChange={(event) => write(event.target.value)} />
          <NearDays requestedBy={ticket.requestedBy} write={write} />
        </>
      ) : field.kind === "unit" ? (
        <UnitChoice {...plain} write={write} />
      ) : (
        <select {...plain} onChange={(event) => write(event.target.value)}>
          <option value="">{t("choose")}</option>
          {ticket.owed.map(({ decision }) =>
            decision === null ? null : (
              <option key={decision} value={decision}>
                {decision}
              </option>
            ),
          )}
        </select>
      )}
    </div>
  );
}

/** Days that one thumb can choose, counted from the record's clock. */
export function NearDays({ requestedBy, write }: { requestedBy: string | null; write: (day: string) => void }) {
  const t = useWords(WORDS);
  const { clock } = useLive();
  if (clock === null) return null;
  return (
    <div className="near">
      {NEXT_DAYS.map((count) => (
        <button key={count} type="button" onClick={() => write(dayAfter(dayOf(clock), count))}>
          {t("days", { count })}
        </button>
      ))}
      {requestedBy === null ? null : (
        <button type="button" onClick={() => write(requestedBy)}>
          {requestedBy}
        </button>
      )}
    </div>
  );
}

interface UnitChoiceProps {
  id: string;
  name: string;
  value: string;
  required: boolean;
  write: (code: string) => void;
}

function UnitChoice({ write, ...plain }: UnitChoiceProps) {
  const t = useWords(WORDS);
  const say = useLabel();
  const answer = useAnswerAsOf(UnitsDocument, { filter: { closed: false }, first: 200 }, null, true);
  return (
    <>
      <select {...plain} onChange={(event) => write(event.target.value)}>
        <option value="">{t("choose")}</option>
        {answer.data?.moment.units.nodes.map(({ code, name }) => (
          <option key={code} value={code}>
            {say(name)}
          </option>
        ))}
      </select>
      <Failures failures={answer.failures} again={answer.again} />
    </>
  );
}
