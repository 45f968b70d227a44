/** Which of the two languages is spoken before anybody has said. */
export type Language = "zh" | "en";

export const KEPT_LANGUAGE = "txapi.language";

/** What is preferred: what was chosen last, else the browser's language, and Chinese unless that is another one. */
export function preferred(kept: string | null, spoken: readonly string[]): Language {
  if (kept === "zh" || kept === "en") return kept;
  const first = spoken.map((each) => each.toLowerCase().split("-")[0]).find((each) => each === "zh" || each === "en");
  return first === "en" ? "en" : "zh";
}
