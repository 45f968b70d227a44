/** GraphiQL with what this product adds: whom one asks as, and the published operations. */
import type { GraphiQLPlugin } from "@graphiql/react";
import { GraphiQL } from "graphiql";
import { type RefObject, useEffect, useRef, useState } from "react";
import { type DemoUser, demoUsers } from "../client/demo";
import { KEPT_TOKEN } from "../client/token";
import { COLLECTION } from "./Collection";
import { fetcherFor } from "./fetcher";
import { PUBLISHED } from "./published";
import "graphiql/style.css";
import "./ide.css";

const PASTED = "pasted";
const NOBODY = "";
const PLUGINS = [COLLECTION];
const KEPT_PANEL = "txapi.graphiql.panel";

/** What stands beside the editor: the published operations, until the reader closed them or chose something else. */
const panelKept = () => localStorage.getItem(KEPT_PANEL) ?? COLLECTION.title;
const keepPanel = (panel: GraphiQLPlugin | null) => localStorage.setItem(KEPT_PANEL, panel?.title ?? "");

/** Open the panel that was kept, as a reader does: GraphiQL leaves no room for one that it is merely told of (its `visiblePlugin`). */
function usePanel(ide: RefObject<HTMLDivElement | null>): void {
  useEffect(() => {
    const title = panelKept();
    if (title === "") return;
    const open = () => {
      const button = ide.current?.querySelector<HTMLButtonElement>(
        `button[aria-label=${JSON.stringify(`Show ${title}`)}]`,
      );
      if (!button) return false;
      button.click();
      return true;
    };
    if (open()) return;
    // Its buttons appear once it has heard of its panels.
    const watched = new MutationObserver(() => {
      if (open()) watched.disconnect();
    });
    watched.observe(document.body, { childList: true, subtree: true, attributeFilter: ["aria-label"] });
    return () => watched.disconnect();
  }, [ide]);
}

const FIRST = PUBLISHED.find(({ name }) => name === "Tickets")?.text ?? "{ record { head clock } }\n";

export function Ide() {
  const token = useRef(sessionStorage.getItem(KEPT_TOKEN));
  const [fetcher] = useState(() => fetcherFor(() => token.current));
  const [users, setUsers] = useState<readonly DemoUser[]>([]);
  const ide = useRef<HTMLDivElement>(null);
  usePanel(ide);
  const [chosen, setChosen] = useState(token.current === null ? NOBODY : PASTED);

  useEffect(() => {
    demoUsers()
      .catch(() => [])
      .then(setUsers);
  }, []);

  const carry = (next: string | null) => {
    token.current = next;
    if (next === null) sessionStorage.removeItem(KEPT_TOKEN);
    else sessionStorage.setItem(KEPT_TOKEN, next);
  };
  const choose = (subject: string) => {
    setChosen(subject);
    if (subject !== PASTED) carry(users.find((user) => user.subject === subject)?.token ?? null);
  };

  return (
    <div className="ide">
      <header className="ide-bar">
        <a href="/console/">重大项目记录 Major projects</a>
        <label>
          <span>Ask as 身份</span>
          <select value={chosen} onChange={(event) => choose(event.target.value)}>
            <option value={NOBODY}>nobody 未登录</option>
            {users.map(({ subject, unitName, roleLabel }) => (
              <option key={subject} value={subject}>
                {unitName === null ? roleLabel.zh : `${unitName.zh} ${roleLabel.zh}`} · {subject}
              </option>
            ))}
            <option value={PASTED}>a token 令牌…</option>
          </select>
        </label>
        {chosen === PASTED ? (
          <input
            type="password"
            aria-label="Token"
            placeholder="token from txapi token issue"
            defaultValue={token.current ?? ""}
            autoComplete="off"
            onChange={(event) => carry(event.target.value.trim() || null)}
          />
        ) : null}
      </header>
      <div className="ide-body" ref={ide}>
        <GraphiQL
          fetcher={fetcher}
          plugins={PLUGINS}
          onTogglePluginVisibility={keepPanel}
          defaultQuery={FIRST}
          defaultTheme="light"
          isHeadersEditorEnabled
          shouldPersistHeaders={false}
        />
      </div>
    </div>
  );
}
