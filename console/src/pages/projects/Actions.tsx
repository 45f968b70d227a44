/** What the viewer may do with a project, with forms for what is done most; folded behind it what is not open, and why. */
import { type FormEvent, type ReactNode, useId, useState } from "react";
import { type Command, useCommand } from "../../client/command";
import { newCommandId } from "../../client/commandId";
import {
  AssignLeaderDocument,
  ForecastMilestoneDocument,
  type MilestoneKind,
  ReachMilestoneDocument,
} from "../../generated/operations";
import { Because, Failures, Refusal } from "../../parts/Said";
import { useListed, useWords } from "../../words/language";
import { STAGES } from "./asked";
import { ACTIONS, nameOf } from "./named";
import type { Project } from "./Project";
import { type Form, permitted } from "./permitted";
import { WORDS } from "./words";

export function Actions({ project, today }: { project: Project; today: string }) {
  const t = useWords(WORDS);
  const name = useWords(ACTIONS);
  const listed = useListed();
  const [open, setOpen] = useState<Form | null>(null);
  const { forms, others, closed } = permitted(project.may);
  const shown = forms.find((form) => form === open);
  const close = () => setOpen(null);
  const named = (actions: readonly string[]) => listed(actions.map((action) => nameOf(action, name)));
  const count = closed.reduce((sum, { actions }) => sum + actions.length, 0);
  return (
    <section className="actions" aria-label={t("actions")}>
      {forms.length + others.length === 0 ? <p className="hint">{t("noActions")}</p> : null}
      {forms.length === 0 ? null : (
        <ul>
          {forms.map((form) => (
            <li key={form}>
              <button
                type="button"
                aria-expanded={shown === form}
                onClick={() => setOpen(shown === form ? null : form)}
              >
                {t(form)}
              </button>
            </li>
          ))}
        </ul>
      )}
      {shown === "reachMilestone" ? <Reach project={project} today={today} close={close} /> : null}
      {shown === "forecastMilestone" ? <ForecastForm project={project} close={close} /> : null}
      {shown === "assignLeader" ? <Assign project={project} today={today} close={close} /> : null}
      {others.length === 0 ? null : <p className="hint">{t("byInterface", { actions: named(others) })}</p>}
      {count === 0 ? null : (
        <details>
          <summary>{t("closed", { count })}</summary>
          <dl className="closed">
            {closed.map(({ code, message, actions }) => (
              <div key={message}>
                <dt>{named(actions)}</dt>
                <dd>
                  <Because of={{ code, message }} />
                </dd>
              </div>
            ))}
          </dl>
        </details>
      )}
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
