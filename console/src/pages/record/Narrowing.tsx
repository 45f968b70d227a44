/** The form that narrows the list of events down: by noun, type, actor and time. Each choice is asked at once and kept in the address. */
import { useId } from "react";
import { usePlace } from "../../client/place";
import { useChoices } from "../../parts/choices";
import { useLabel, useWords } from "../../words/language";
import { BASES, listed, NARROWING, type Narrowing, ROLES } from "./narrowed";
import { useKind } from "./Told";
import { WORDS } from "./words";

export function NarrowingForm({ nounName }: { nounName: string }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const kindOf = useKind();
  const { query, go } = usePlace();
  const { types, units } = useChoices();
  const kinds = [...new Set(types.map(({ kind }) => kind))];
  const kind = query.get("kind");
  const shown = types.filter((each) => kind === null || each.kind === kind);
  const count = NARROWING.filter((name) => name !== "time" && query.has(name)).length;
  const change = (changes: Partial<Record<Narrowing, string | null>>) => go(listed(query, changes), { replace: true });
  const roomy = typeof matchMedia === "function" && matchMedia("(min-width: 761px)").matches;

  return (
    <details className="narrowing" open={roomy}>
      <summary>
        {t("narrow")} {count > 0 ? <span className="count">{t("narrowed", { count })}</span> : null}
      </summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const typed = new FormData(event.currentTarget).get("subject");
          change({ subject: typeof typed === "string" ? typed.trim() : null });
        }}
      >
        <Choice label={t("kind")} value={kind} onChoose={(value) => change({ kind: value, type: null })}>
          {kinds.map((each) => (
            <option key={each} value={each}>
              {kindOf(each)}
            </option>
          ))}
        </Choice>
        <Choice label={t("type")} value={query.get("type")} onChoose={(value) => change({ type: value })}>
          {kinds
            .filter((each) => shown.some((one) => one.kind === each))
            .map((each) => (
              <optgroup key={each} label={kindOf(each)}>
                {shown
                  .filter((one) => one.kind === each)
                  .map((one) => (
                    <option key={one.type} value={one.type}>
                      {say(one.label)}
                    </option>
                  ))}
              </optgroup>
            ))}
        </Choice>
        <Choice label={t("unit")} value={query.get("unit")} onChoose={(value) => change({ unit: value })}>
          {[...units].map(([code, name]) => (
            <option key={code} value={code}>
              {say(name)}
            </option>
          ))}
        </Choice>
        <Choice label={t("role")} value={query.get("role")} onChoose={(value) => change({ role: value })}>
          {ROLES.map((role) => (
            <option key={role} value={role}>
              {t(role)}
            </option>
          ))}
        </Choice>
        <label>
          <span>{t("subject")}</span>
          <input
            key={query.get("subject")}
            name="subject"
            defaultValue={query.get("subject") ?? ""}
            onBlur={({ target }) => {
              if (target.value.trim() !== (query.get("subject") ?? "")) change({ subject: target.value.trim() });
            }}
          />
        </label>
        <Choice label={t("basis")} value={query.get("basis")} onChoose={(value) => change({ basis: value })}>
          {BASES.map((basis) => (
            <option key={basis} value={basis}>
              {t(basis)}
            </option>
          ))}
        </Choice>
        <fieldset>
          <legend>{t("time")}</legend>
          <select
            aria-label={t("whichTime")}
            value={query.get("time") ?? "recorded"}
            onChange={({ target }) => change({ time: target.value === "decided" ? "decided" : null })}
          >
            <option value="recorded">{t("recorded")}</option>
            <option value="decided">{t("decided")}</option>
          </select>
          <input
            type="date"
            aria-label={t("from")}
            max={query.get("to") ?? undefined}
            value={query.get("from") ?? ""}
            onChange={({ target }) => change({ from: target.value })}
          />
          <span aria-hidden="true">–</span>
          <input
            type="date"
            aria-label={t("to")}
            min={query.get("from") ?? undefined}
            value={query.get("to") ?? ""}
            onChange={({ target }) => change({ to: target.value })}
          />
        </fieldset>
        <div className="chips">
          {query.has("of") ? (
            <button type="button" onClick={() => change({ of: null })}>
              {t("onlyNoun", { noun: nounName || (query.get("of") ?? "") })} <span aria-hidden="true">×</span>
              <span className="unseen">{t("remove")}</span>
            </button>
          ) : null}
          {query.has("command") ? (
            <button type="button" onClick={() => change({ command: null })}>
              {t("onlyCommand")} <span aria-hidden="true">×</span>
              <span className="unseen">{t("remove")}</span>
            </button>
          ) : null}
          {count > 0 ? (
            <button
              type="button"
              className="quiet"
              onClick={() => change(Object.fromEntries(NARROWING.map((name) => [name, null])))}
            >
              {t("clear")}
            </button>
          ) : null}
        </div>
      </form>
    </details>
  );
}

function Choice({
  label,
  value,
  onChoose,
  children,
}: {
  label: string;
  value: string | null;
  onChoose: (value: string | null) => void;
  children: React.ReactNode;
}) {
  const t = useWords(WORDS);
  const id = useId();
  return (
    <div className="choice">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value ?? ""} onChange={({ target }) => onChoose(target.value || null)}>
        <option value="">{t("any")}</option>
        {children}
      </select>
    </div>
  );
}
