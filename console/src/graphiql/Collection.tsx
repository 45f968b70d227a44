/** The published operations beside the editor: found by name or by what they say of themselves, opened in a tab of their own. */
import { type GraphiQLPlugin, useEditorContext } from "@graphiql/react";
import { useState } from "react";
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

  const open = (operation: Published) => {
    addTab();
    // The editor shows the new tab once React has drawn it; what is written before that goes into the old one.
    setTimeout(() => {
      variableEditor?.setValue("");
      queryEditor?.setValue(operation.text);
      queryEditor?.focus();
    });
  };

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
                  <button type="button" onClick={() => open(each)}>
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
