/** Closing 停用: nothing more is sent to a system. Its registration stays in the record, with the reason why it ended. */
import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { useCommand } from "../../client/command";
import { newCommandId } from "../../client/commandId";
import { CloseWebhookDocument } from "../../generated/operations";
import { Failures, Refusal } from "../../parts/Said";
import { useWords } from "../../words/language";
import { WORDS } from "./words";

export function Closing({
  webhook: { entityId, name },
  close,
  done,
}: {
  webhook: { readonly entityId: string; readonly name: string };
  close: () => void;
  done: () => void;
}) {
  const t = useWords(WORDS);
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  // The same for this dialog however often it is sent, so that sending it again ends nothing twice.
  const [commandId] = useState(newCommandId);
  const { give, refused, failures, running } = useCommand(CloseWebhookDocument);
  useEffect(() => dialog.current?.showModal(), []);

  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (running) return;
    const reason = String(new FormData(event.currentTarget).get("reason") ?? "").trim();
    if ((await give({ input: { commandId, webhook: entityId, reason } })) !== undefined) done();
  };
  return (
    <dialog ref={dialog} className="replaying" aria-labelledby={`${id}-title`} onClose={close}>
      <form onSubmit={send}>
        <h2 id={`${id}-title`}>{t("closeOf", { name })}</h2>
        <label htmlFor={id}>{t("closeBecause")}</label>
        <input id={id} name="reason" required autoComplete="off" aria-describedby={`${id}-help`} />
        <small id={`${id}-help`} className="hint">
          {t("closeHelp")}
        </small>
        <Refusal refused={refused} />
        <Failures failures={failures} />
        <div className="buttons">
          <button type="button" onClick={close}>
            {t("cancel")}
          </button>
          <button type="submit" className="primary" aria-disabled={running}>
            {t("close")}
          </button>
        </div>
      </form>
    </dialog>
  );
}
