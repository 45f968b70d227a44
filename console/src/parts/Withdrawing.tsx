/** Withdrawing a file 撤回附件: a button, grey with its reason where it is not open, and the reason that the server asks for. */
import { type FormEvent, useId, useState } from "react";
import { useCommand } from "../client/command";
import { newCommandId } from "../client/commandId";
import { WithdrawAttachmentDocument } from "../generated/operations";
import { useWords } from "../words/language";
import type { Attached, Permission } from "./Attachments";
import { Because, Failures, Refusal } from "./Said";
import { WORDS } from "./words";

export function Withdrawing({ file, may }: { file: Attached; may: Permission }) {
  const t = useWords(WORDS);
  const id = useId();
  const [open, setOpen] = useState(false);
  // One id for one withdrawal, however often it is sent.
  const [commandId] = useState(newCommandId);
  const { give, refused, failures, running, clear } = useCommand(WithdrawAttachmentDocument);

  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (running) return;
    const reason = String(new FormData(event.currentTarget).get("reason") ?? "").trim();
    await give({ input: { attachment: file.entityId, reason, commandId } });
  };
  const close = () => {
    clear();
    setOpen(false);
  };
  if (!may.allowed) {
    return (
      <div className="withdrawing">
        <button type="button" aria-disabled="true" aria-describedby={id}>
          {t("withdraw")}
        </button>
        <small id={id} className="hint">
          <Because of={may.because} />
        </small>
      </div>
    );
  }
  return (
    <div className="withdrawing">
      <button
        type="button"
        aria-expanded={open}
        aria-label={t("withdrawIt", { name: file.name })}
        onClick={() => (open ? close() : setOpen(true))}
      >
        {t("withdraw")}
      </button>
      {open ? (
        <form onSubmit={send}>
          <label htmlFor={id}>{t("withdrawBecause")}</label>
          {/* biome-ignore lint/a11y/noAutofocus: the reader has just opened this field and has nothing else to do in it */}
          <input id={id} name="reason" required autoFocus autoComplete="off" />
          <button type="submit" className="primary" aria-disabled={running}>
            {t("withdraw")}
          </button>
          <button type="button" onClick={close}>
            {t("cancel")}
          </button>
        </form>
      ) : null}
      <Refusal refused={refused} />
      <Failures failures={failures} />
    </div>
  );
}
