/** What the viewer may do with a project: buttons, grey with the reason where not; forms for what is done most. */
import { type FormEvent, type ReactNode, useId, useState } from "react";
import { type Command, useCommand } from "../../client/command";
import { newCommandId } from "../../client/commandId";
import { usePlace } from "../../client/place";
import {
  AssignLeaderDocument,
  ForecastMilestoneDocument,
  type MilestoneKind,
  ReachMilestoneDocument,
} from "../../generated/operations";
import { Failures, Refusal } from "../../parts/Said";
import { useWords } from "../../words/language";
import { STAGES } from "./asked";
import type { Project } from "./Project";
import { WORDS } from "./words";

const FORMS = ["reachMilestone", "forecastMilestone", "assignLeader"] as const;
type Form = (typeof FORMS)[number];

export function Actions({ project, today }: { project: Project; today: string }) {
  const t = useWords(WORDS);
  const { at } = usePlace();
  const [open, setOpen] = useState<Form | null>(null);
  const id = useId();
  const may = new Map(project.may.map((each) => [each.action, each]));
  const why = (action: string): string | null => {
    if (at !== null) return t("inThePast");
    const permission = may.get(action);
    return permission === undefined || permission.allowed ? null : (permission.because?.message ?? "");
  };
  const others = project.may.filter(({ action }) => !FORMS.some((form) => form === action));
  const shown = open !== null && why(open) === null ? open : null;
  const close = () => setOpen(null);
  return (
    <section className="actions" aria-label={t("actions")}>
      <ul>
        {FORMS.map((form) => {
          const because = why(form);
          return (
            <li key={form}>
              <button
                type="button"
                aria-disabled={because !== null}
                aria-describedby={because === null ? undefined : `${id}-${form}`}
                aria-expanded={shown === form}
                onClick={() => because === null && setOpen(shown === form ? null : form)}
              >
                {t(form)}
              </button>
              {because === null ? null : (
                <small id={`${id}-${form}`} className="hint">
                  {because}
                </small>
              )}
            </li>
          );
        })}
      </ul>
      {shown === "reachMilestone" ? <Reach project={project} today={today} close={close} /> : null}
      {shown === "forecastMilestone" ? <ForecastForm project={project} close={close} /> : null}
      {shown === "assignLeader" ? <Assign project={project} today={today} close={close} /> : null}
      <details>
        <summary>{t("others")}</summary>
        <ul className="plain">
          {others.map(({ action }) => {
            const because = why(action);
            return (
              <li key={action}>
                <code>{action}</code> <small className="hint">{because ?? t("byInterface")}</small>
              </li>
            );
          })}
        </ul>
      </details>
    </section>
  );
}

interface FormProps {
  readonly project: Project;
  readonly close: () => void;
}

/** The same for one form however often it is sent, so that sending it again does nothing twice. */
function useCommandId(): string {
  const [commandId] = useState(newCommandId);
  return commandId;
}

function Sheet({
  command,
  send,
  close,
  children,
}: {
  command: Pick<Command<unknown, never>, "running" | "refused" | "failures">;
  send: (form: FormData) => Promise<unknown>;
  close: () => void;
  children: ReactNode;
}) {
  const t = useWords(WORDS);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if ((await send(new FormData(event.currentTarget))) !== undefined) close();
  };
  return (
    <form className="sheet" onSubmit={submit}>
      <Refusal refused={command.refused} />
      <Failures failures={command.failures} />
      {children}
      <p className="buttons">
        <button type="submit" className="primary" disabled={command.running}>
          {t("submit")}
        </button>
        <button type="button" className="quiet" onClick={close}>
          {t("cancel")}
        </button>
      </p>
    </form>
  );
}

const textOf = (form: FormData, name: string): string => String(form.get(name) ?? "").trim();
const maybe = (form: FormData, name: string): string | null => textOf(form, name) || null;

function Which({ project }: { project: Project }) {
  const t = useWords(WORDS);
  const done = new Set(project.milestones.filter(({ actual }) => actual !== null).map(({ kind }) => kind));
  const open = STAGES.filter((kind) => !done.has(kind));
  const next = project.milestones.find(({ actual }) => actual === null)?.kind;
  return (
    <label>
      {t("which")}
      <select name="kind" defaultValue={next ?? open[0]} required>
        {open.map((kind) => (
          <option key={kind} value={kind}>
            {t(kind)}
          </option>
        ))}
      </select>
    </label>
  );
}

function DateField({ initial }: { initial: string }) {
  const t = useWords(WORDS);
  const id = useId();
  return (
    <label>
      {t("when")}
      <input name="on" required defaultValue={initial} autoComplete="off" aria-describedby={id} />
      <small id={id} className="hint">
        {t("dateForms")}
      </small>
    </label>
  );
}

function TextField({ name, label, required = false }: { name: string; label: string; required?: boolean }) {
  return (
    <label>
      {label}
      <input name={name} required={required} autoComplete="off" />
    </label>
  );
}

function Reach({ project, today, close }: FormProps & { today: string }) {
  const t = useWords(WORDS);
  const command = useCommand(ReachMilestoneDocument);
  const commandId = useCommandId();
  const send = (form: FormData) =>
    command.give({
      input: {
        commandId,
        expectedVersion: project.version,
        project: project.entityId,
        kind: textOf(form, "kind") as MilestoneKind,
        on: { text: textOf(form, "on") },
        evidence: maybe(form, "evidence"),
        reason: maybe(form, "reason"),
      },
    });
  return (
    <Sheet command={command} send={send} close={close}>
      <Which project={project} />
      <DateField initial={today} />
      <TextField name="evidence" label={t("evidenceField")} />
      <TextField name="reason" label={t("reason")} />
    </Sheet>
  );
}

function ForecastForm({ project, close }: FormProps) {
  const t = useWords(WORDS);
  const command = useCommand(ForecastMilestoneDocument);
  const commandId = useCommandId();
  const send = (form: FormData) =>
    command.give({
      input: {
        commandId,
        expectedVersion: project.version,
        project: project.entityId,
        kind: textOf(form, "kind") as MilestoneKind,
        on: { text: textOf(form, "on") },
        note: maybe(form, "note"),
        reason: maybe(form, "reason"),
      },
    });
  return (
    <Sheet command={command} send={send} close={close}>
      <Which project={project} />
      <DateField initial="" />
      <TextField name="note" label={t("note")} />
      <TextField name="reason" label={t("reason")} />
    </Sheet>
  );
}

function Assign({ project, today, close }: FormProps & { today: string }) {
  const t = useWords(WORDS);
  const command = useCommand(AssignLeaderDocument);
  const commandId = useCommandId();
  const send = (form: FormData) =>
    command.give({
      input: {
        commandId,
        expectedVersion: project.version,
        project: project.entityId,
        official: { name: textOf(form, "name"), post: maybe(form, "post") },
        on: textOf(form, "since"),
        reason: maybe(form, "reason"),
      },
    });
  return (
    <Sheet command={command} send={send} close={close}>
      <TextField name="name" label={t("official")} required />
      <TextField name="post" label={t("post")} />
      <label>
        {t("since")}
        <input type="date" name="since" required defaultValue={today} max={today} />
      </label>
      <TextField name="reason" label={t("reason")} />
    </Sheet>
  );
}
