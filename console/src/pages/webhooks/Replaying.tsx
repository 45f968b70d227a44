/** Replaying 重新推送: from a position of one's choice, or on from where it stands. */
import { type FormEvent, useEffect, useId, useRef } from "react";
import { useCommand } from "../../client/command";
import { ReplayWebhookDocument } from "../../generated/operations";
import { Failures } from "../../parts/Said";
import { useWords } from "../../words/language";
import { WORDS } from "./words";

export function Replaying({
  webhook: { entityId, name },
  position,
  close,
  done,
}: {
  webhook: { readonly entityId: string; readonly name: string };
  /** Where it stands. */
  position: string | null;
  close: () => void;
  done: (position: string | null) => void;
}) {
  const t = useWords(WORDS);
  const title = useId();
  const field = useId();
  const help = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const { give, failures, running } = useCommand(ReplayWebhookDocument);
  useEffect(() => dialog.current?.showModal(), []);

  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (running) return;
    const after = String(new FormData(event.currentTarget).get("after") ?? "").trim();
    const given = await give({ input: { webhook: entityId, after: after === "" ? null : after } });
    if (given !== undefined) done(given.replayWebhook.position);
  };
  return (
    <dialog ref={dialog} className="replaying" aria-labelledby={title} onClose={close}>
      <form onSubmit={send}>
        <h2 id={title}>{t("replayOf", { name })}</h2>
        <label htmlFor={field}>{t("after")}</label>
        <input
          id={field}
          name="after"
          inputMode="numeric"
          pattern="0|[1-9][0-9]{0,18}"
          autoComplete="off"
          aria-describedby={help}
        />
        <small id={help} className="hint">
          {t("afterHelp", { position: position ?? "–" })}
        </small>
        <Failures failures={failures} />
        <div className="buttons">
          <button type="button" onClick={close}>
            {t("cancel")}
          </button>
          <button type="submit" className="primary" aria-disabled={running}>
            {t("replay")}
          </button>
        </div>
      </form>
    </dialog>
  );
}
