/** The published operations beside the editor: found by name or by what they say of themselves, opened in a tab of their own. */
import { type GraphiQLPlugin, useEditorContext } from "@graphiql/react";
import { useEffect, useState } from "react";
import { PUBLISHED, type Published } from "./published";

const KINDS = [
  ["query", "Questions 查询"],
  ["mutation", "Commands 指令"],
  ["subscription", "Live 订阅"],
] as const;

function Collection() {
  const { addTab, queryEditor, variableEditor } = useEditorContext({ nonNull: true });
  const [sought, setSought] = useState("");
  const words = sought.toLowerCase().split(/\s+/).filter(Boolean);
  const found = PUBLISHED.filter((each) => {
    const text = `${each.name} ${each.about}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });

  const [wanted, setWanted] = useState<{ operation: Published; hasTab: boolean } | null>(null);
  // The editors are loaded after this list is drawn, and begin with the text that GraphiQL began with; and a new tab empties them
  // once React has drawn it. Whoever is faster waits for both, lest the choice go into the former tab or nowhere.
  useEffect(() => {
    if (wanted === null || queryEditor === null || variableEditor === null) return;
    const { operation, hasTab } = wanted;
    if (!hasTab) {
      addTab();
      setWanted({ operation, hasTab: true });
      return;
    }
    setWanted(null);
    variableEditor.setValue(operation.needs);
    queryEditor.setValue(operation.text);
    // The editor finds out a moment later which operations it holds, and whoever is faster would ask for the former one.
    queryEditor.operationName = operation.name;
    queryEditor.focus();
  }, [wanted, addTab, queryEditor, variableEditor]);

  return (
    <section className="collection" aria-label="Published operations">
      <h2 className="graphiql-doc-explorer-title">Published operations 已发布操作</h2>
      <input
        type="search"
        className="collection-search"
        aria-label="Search the published operations"
        placeholder="Search 搜索"
        value={sought}
        onChange={(event) => setSought(event.target.value)}
      />
      {KINDS.map(([kind, title]) => {
        const operations = found.filter((each) => each.kind === kind);
        return operations.length === 0 ? null : (
          <section key={kind}>
            <h3>
              {title} <small>{operations.length}</small>
            </h3>
            <ul>
              {operations.map((each) => (
                <li key={each.name}>
                  <button type="button" onClick={() => setWanted({ operation: each, hasTab: false })}>
                    <strong>{each.name}</strong>
                    <span>{each.about}</span>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </section>
  );
}

function Icon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.6" aria-hidden="true">
      <path d="M5 4.500h14M5 9.500h14M5 14.500h9M5 19.500h9" strokeLinecap="round" />
    </svg>
  );
}

export const COLLECTION: GraphiQLPlugin = { title: "Published operations", icon: Icon, content: Collection };
