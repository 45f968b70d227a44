/** Printing paper forms 打印公文: a ticket's, and a unit's monthly report. */
import { useState } from "react";
import { usePrinting } from "../client/forms";
import { type InBoth, useLabel, useWords } from "../words/language";
import { monthsUpTo } from "./months";
import { Failures } from "./Said";
import { WORDS } from "./words";

export function PrintTicket({ ticket }: { ticket: { readonly number: string | null; readonly entityId: string } }) {
  const t = useWords(WORDS);
  const { print, printing, failures } = usePrinting();
  return (
    <div className="printing">
      <button
        type="button"
        disabled={printing}
        onClick={() => void print(`ticket/${ticket.number ?? ticket.entityId}`)}
      >
        {t("printForm")}
      </button>
      <Failures failures={failures} />
    </div>
  );
}

interface Unit {
  readonly code: string;
  readonly name: InBoth;
}

/** The report of a unit's month: one of the last twelve up to a day. With one unit there is none to choose. */
export function PrintReport({ units, day }: { units: readonly Unit[]; day: string }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const { print, printing, failures } = usePrinting();
  const months = monthsUpTo(day);
  const [unit, setUnit] = useState(units[0]?.code ?? "");
  const [chosen, setMonth] = useState(months[0] ?? "");
  // The slider may have gone to before the month that was chosen.
  const month = months.includes(chosen) ? chosen : (months[0] ?? "");
  return (
    <div className="printing">
      {units.length < 2 ? null : (
        <label>
          {t("unit")}{" "}
          <select value={unit} onChange={(event) => setUnit(event.target.value)}>
            {units.map(({ code, name }) => (
              <option key={code} value={code}>
                {say(name)}
              </option>
            ))}
          </select>
        </label>
      )}{" "}
      <label>
        {t("monthlyReport")}{" "}
        <select value={month} onChange={(event) => setMonth(event.target.value)}>
          {months.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </label>{" "}
      <button type="button" disabled={printing} onClick={() => void print(`report/${unit}/${month}`)}>
        {t("printForm")}
      </button>
      <Failures failures={failures} />
    </div>
  );
}
