/** A list as a spreadsheet 导出: as of the moment that is shown, narrowed down as far as its columns tell. */
import { useState } from "react";
import type { Failure } from "../client/failure";
import { saveFile } from "../client/files";
import { usePlace } from "../client/place";
import { useSession } from "../client/session";
import { useLanguage, useWords } from "../words/language";
import { Failures } from "./Said";
import { WORDS } from "./words";

/** What columns of the table must say; several values of one are alternatives. */
export type Having = Readonly<Record<string, string | readonly string[]>>;

/** Where a table is given as a file. */
export function exportAddress(table: string, format: "xlsx" | "csv", at: string | null, having: Having): string {
  const query = new URLSearchParams();
  if (at !== null) query.set("at", at);
  for (const [column, values] of Object.entries(having)) {
    for (const value of typeof values === "string" ? [values] : values) query.append(column, value);
  }
  const text = query.toString();
  return `/export/${table}.${format}${text ? `?${text}` : ""}`;
}

export function Export({ table, having = {}, whole = false }: { table: string; having?: Having; whole?: boolean }) {
  const t = useWords(WORDS);
  const { at } = usePlace();
  const { token } = useSession();
  const { language } = useLanguage();
  const [failures, setFailures] = useState<readonly Failure[]>([]);
  const [making, setMaking] = useState<string | null>(null);
  const save = async (format: "xlsx" | "csv") => {
    if (making !== null) return;
    setMaking(format);
    setFailures(await saveFile({ token, language }, exportAddress(table, format, at, having)));
    setMaking(null);
  };
  return (
    <div className="export">
      <span className="hint">{t(whole ? "exportWhole" : "export")}</span>
      {(["xlsx", "csv"] as const).map((format) => (
        <button key={format} type="button" className="quiet" aria-busy={making === format} onClick={() => save(format)}>
          .{format}
        </button>
      ))}
      <Failures failures={failures} />
    </div>
  );
}
