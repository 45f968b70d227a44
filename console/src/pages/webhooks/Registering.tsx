/** Registering 登记: another system that is told events. Its secret is made on the machine of the server, and never passes here. */
import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { useAnswerAsOf } from "../../client/answer";
import { useCommand } from "../../client/command";
import { newCommandId } from "../../client/commandId";
import { RegisterWebhookDocument, UnitsDocument } from "../../generated/operations";
import { useChoices } from "../../parts/choices";
import { Failures, Refusal } from "../../parts/Said";
import { useLabel, useWords } from "../../words/language";
import { WORDS } from "./words";

export function Registering({ close, done }: { close: () => void; done: (name: string) => void }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  // The same for this dialog however often it is sent, so that sending it again enters nothing twice.
  const [commandId] = useState(newCommandId);
  const { give, refused, failures, running } = useCommand(RegisterWebhookDocument);
  const units = useAnswerAsOf(UnitsDocument, { filter: { closed: false }, first: 200 }, null, true);
  const { types } = useChoices();
  useEffect(() => dialog.current?.showModal(), []);

  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (running) return;
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    const name = text("name");
    const input = {
      commandId,
      name,
      url: text("url"),
      units: form.getAll("units").map(String),
      types: form.getAll("types").map(String),
      note: text("note") || null,
    };
    if ((await give({ input })) !== undefined) done(name);
  };
  return (
    <dialog ref={dialog} className="replaying" aria-labelledby={`${id}-title`} onClose={close}>
      <form onSubmit={send}>
        <h2 id={`${id}-title`}>{t("register")}</h2>
        <label htmlFor={`${id}-name`}>{t("name")}</label>
        <input id={`${id}-name`} name="name" required maxLength={200} autoComplete="off" />
        <label htmlFor={`${id}-url`}>{t("url")}</label>
        <input
          id={`${id}-url`}
          name="url"
          type="url"
          required
          autoComplete="off"
          placeholder="https://"
          aria-describedby={`${id}-url-help`}
        />
        <small id={`${id}-url-help`} className="hint">
          {t("urlHelp")}
        </small>
        <label htmlFor={`${id}-units`}>{t("units")}</label>
        <select id={`${id}-units`} name="units" multiple size={4}>
          {units.data?.moment.units.nodes.map(({ code, name }) => (
            <option key={code} value={code}>
              {say(name)}
            </option>
          ))}
        </select>
        <label htmlFor={`${id}-types`}>{t("types")}</label>
        <select id={`${id}-types`} name="types" multiple size={4}>
          {types.map(({ type, label }) => (
            <option key={type} value={type}>
              {say(label)}
            </option>
          ))}
        </select>
        <label htmlFor={`${id}-note`}>{t("note")}</label>
        <input id={`${id}-note`} name="note" autoComplete="off" />
        <Refusal refused={refused} />
        <Failures failures={[...units.failures, ...failures]} />
        <div className="buttons">
          <button type="button" onClick={close}>
            {t("cancel")}
          </button>
          <button type="submit" className="primary" aria-disabled={running}>
            {t("register")}
          </button>
        </div>
      </form>
    </dialog>
  );
}
