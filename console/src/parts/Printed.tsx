/** What documents printed, beside what the printed counts come to; neither overwrites the other. */
import type { PrintedShownFragment } from "../generated/operations";
import { useLabel, useWords } from "../words/language";
import { WORDS } from "./words";

export function Printed({ items }: { items: readonly PrintedShownFragment[] }) {
  const t = useWords(WORDS);
  const say = useLabel();
  if (items.length === 0) return null;
  return (
    <ul className="plain printed-items">
      {items.map(({ id, label, printed, computed }) => (
        <li key={id}>
          {say(label)}
          {t("colon")}
          <strong>{printed}</strong>
          {computed === null ? null : <span className="hint"> {t("comesTo", { text: computed.text })}</span>}
        </li>
      ))}
    </ul>
  );
}
