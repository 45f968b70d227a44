/** The two languages: which one is spoken, the words of the console in it, and the labels that the server sends in both. */
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";

export type Language = "zh" | "en";

/** What the server says in both languages: a label, a name. */
export interface InBoth {
  readonly zh: string;
  readonly en: string;
}

/** Words of one part of the console. Each word has both languages, or the compiler complains. */
export type Words<Name extends string> = Readonly<Record<Name, InBoth>>;

/** Declare words: `words({ inbox: ["待办", "Inbox"] })`. Numbers and names go into `{braces}`. */
export function words<Name extends string>(
  table: Readonly<Record<Name, readonly [zh: string, en: string]>>,
): Words<Name> {
  const both = Object.entries<readonly [string, string]>(table).map(([name, [zh, en]]) => [name, { zh, en }]);
  return Object.fromEntries(both) as Words<Name>;
}

/** A word with its braces filled. */
export function filled(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (braces, name: string) => String(values[name] ?? braces));
}

const KEPT = "txapi.language";

/** What is preferred: what was chosen last, else the browser's language, and Chinese unless that is another one. */
export function preferred(kept: string | null, spoken: readonly string[]): Language {
  if (kept === "zh" || kept === "en") return kept;
  const first = spoken.map((each) => each.toLowerCase().split("-")[0]).find((each) => each === "zh" || each === "en");
  return first === "en" ? "en" : "zh";
}

interface Spoken {
  readonly language: Language;
  readonly speak: (language: Language) => void;
}

const LanguageContext = createContext<Spoken | null>(null);

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(() => preferred(localStorage.getItem(KEPT), navigator.languages));
  const speak = useCallback((chosen: Language) => {
    localStorage.setItem(KEPT, chosen);
    setLanguage(chosen);
  }, []);
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  }, [language]);
  const spoken = useMemo(() => ({ language, speak }), [language, speak]);
  return <LanguageContext value={spoken}>{children}</LanguageContext>;
}

export function useLanguage(): Spoken {
  const spoken = useContext(LanguageContext);
  if (spoken === null) throw new Error("there is no LanguageProvider above");
  return spoken;
}

/** The words of a part, in the language that is spoken: `const t = useWords(WORDS); t("inbox")`. */
export function useWords<Name extends string>(table: Words<Name>) {
  const { language } = useLanguage();
  return useCallback(
    (name: Name, values: Readonly<Record<string, string | number>> = {}) => filled(table[name][language], values),
    [table, language],
  );
}

/** What the server says in both languages, in the one that is spoken: `const say = useLabel(); say(ticket.stateLabel)`. */
export function useLabel() {
  const { language } = useLanguage();
  return useCallback((label: InBoth | null | undefined) => label?.[language] ?? "", [language]);
}
