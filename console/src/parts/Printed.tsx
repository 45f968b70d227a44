/** What documents printed, beside what the printed counts come to; neither overwrites the other. */
import type { ReactNode } from "react";
import type { PrintedShownFragment } from "../generated/operations";
import { useLabel, useWords } from "../words/language";
import { Beside } from "./Beside";
import { WORDS } from "./words";

export function Printed({
  items,
  now,
  heading,
}: {
  items: readonly PrintedShownFragment[];
  /** The same items now, where they are compared. */
  now?: readonly PrintedShownFragment[] | undefined;
  /** What stands above them, where there are any. */
  heading?: ReactNode;
}) {
  const t = useWords(WORDS);
  const say = useLabel();
  if (items.length + (now?.length ?? 0) === 0) return null;
  return (
    <>
      {heading}
      <Beside rows={items} now={now} keyOf={itemOf} className="plain printed-items">
        {({ label, printed, computed }) => (
          <>
            {say(label)}
            {t("colon")}
            <strong>{printed}</strong>
            {computed === null ? null : <span className="hint"> {t("comesTo", { text: computed.text })}</span>}
          </>
        )}
      </Beside>
    </>
  );
}

/** The id of an item carries the moment, so it is known by what is printed where. */
function itemOf({ kind, label, printed }: PrintedShownFragment): string {
  return `${kind} ${label.zh} ${printed}`;
}
