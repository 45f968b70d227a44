/** Signing in 登录: as somebody of the demonstration, or with a token. */
import { type FormEvent, type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { useAnswerAsOf } from "../client/answer";
import { type DemoUser, demoUsers } from "../client/demo";
import { useSession } from "../client/session";
import { ViewerDocument } from "../generated/operations";
import { useLabel, useListed, useWords } from "../words/language";
import { WORDS } from "./words";

export function SignIn() {
  const t = useWords(WORDS);
  const say = useLabel();
  const listed = useListed();
  const { token, viewer, know, refused: forbidden, refuse, signOut } = useSession();
  const [open, setOpen] = useState(false);
  const answer = useAnswerAsOf(ViewerDocument, {}, null, token !== null && viewer === null && forbidden === null);
  const told = answer.data?.viewer;
  useEffect(() => {
    if (token !== null && viewer === null && !answer.loading && told?.signedIn) know(told);
  }, [token, viewer, told, answer.loading, know]);
  const because = answer.failures.find(({ code }) => code === "FORBIDDEN")?.message;
  useEffect(() => {
    if (because !== undefined) refuse(because);
  }, [because, refuse]);
  const refused = answer.failures.some(({ code }) => code === "UNAUTHENTICATED") && token !== null;

  return (
    <>
      {token !== null && viewer !== null ? (
        <>
          <span className="viewer">
            <strong>{listed(viewer.units.map(({ name }) => say(name))) || t(viewer.role)}</strong>
            <small>{viewer.units.length > 0 ? t(viewer.role) : viewer.subject}</small>
          </span>
          <button type="button" className="quiet" onClick={signOut}>
            {t("signOut")}
          </button>
        </>
      ) : token !== null && forbidden !== null ? (
        <button type="button" className="quiet" onClick={signOut}>
          {t("signOut")}
        </button>
      ) : (
        <button type="button" className="primary" onClick={() => setOpen(true)}>
          {t("signIn")}
        </button>
      )}
      {refused ? (
        <span className="viewer failed" role="alert">
          {t("tokenRefused")}
        </span>
      ) : null}
      {open ? <Dialog close={() => setOpen(false)} /> : null}
    </>
  );
}

function Dialog({ close }: { close: () => void }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const { signIn } = useSession();
  const dialog = useRef<HTMLDialogElement>(null);
  const [users, setUsers] = useState<readonly DemoUser[] | null>(null);
  const title = useId();
  const help = useId();

  useEffect(() => {
    dialog.current?.showModal();
    let gone = false;
    demoUsers()
      .catch(() => [])
      .then((found) => {
        if (!gone) setUsers(found);
      });
    return () => {
      gone = true;
    };
  }, []);

  const be = (token: string) => {
    signIn(token);
    close();
  };
  const paste = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget).get("token");
    if (typeof given === "string" && given.trim()) be(given.trim().replace(/^Bearer\s+/i, ""));
  };

  // A token is one line, however many it takes to show it: Enter sends it, as in any field of one line.
  const send = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
    event.preventDefault();
    event.currentTarget.form?.requestSubmit();
  };

  return (
    <dialog ref={dialog} aria-labelledby={title} onClose={close} className="sign-in">
      <h2 id={title}>{t("signIn")}</h2>
      {users === null ? (
        <div className="loading" role="status">
          {t("loading")}
        </div>
      ) : users.length === 0 ? (
        <p className="hint">{t("noDemoUsers")}</p>
      ) : (
        <section>
          <h3>{t("demoUsers")}</h3>
          <ul className="people">
            {users.map((user, place) => (
              <li key={user.subject}>
                {/* biome-ignore lint/a11y/noAutofocus: whoever opened this list is about to choose from it */}
                <button type="button" autoFocus={place === 0} onClick={() => be(user.token)}>
                  <strong>{user.unitName === null ? say(user.roleLabel) : say(user.unitName)}</strong>
                  <small>{user.unitName === null ? user.subject : say(user.roleLabel)}</small>
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <form onSubmit={paste}>
        <label>
          <span>{t("token")}</span>
          <textarea
            name="token"
            rows={3}
            required
            spellCheck={false}
            autoComplete="off"
            aria-describedby={help}
            onKeyDown={send}
          />
        </label>
        <small id={help} className="hint">
          {t("tokenHelp")}
        </small>
        <div className="buttons">
          <button type="button" onClick={close}>
            {t("cancel")}
          </button>
          <button type="submit" className="primary">
            {t("useToken")}
          </button>
        </div>
      </form>
    </dialog>
  );
}
