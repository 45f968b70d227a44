/** The two languages: which one is spoken, the words of the console in it, and the labels that the server sends in both. */
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { KEPT_LANGUAGE, type Language, preferred } from "./preferred";

export type { Language } from "./preferred";

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

interface Spoken {
  readonly language: Language;
  readonly speak: (language: Language) => void;
}

const LanguageContext = createContext<Spoken | null>(null);

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(() => preferred(localStorage.getItem(KEPT_LANGUAGE), navigator.languages));
  const speak = useCallback((chosen: Language) => {
    localStorage.setItem(KEPT_LANGUAGE, chosen);
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

/** Several things in a row, as the language writes them: `甲、乙`, or `one, two`. What are clauses is told apart by semicolons. */
export function listedIn(language: Language, those: readonly string[], clauses = false): string {
  const between = language === "zh" ? (clauses ? "；" : "、") : clauses ? "; " : ", ";
  return those.filter(Boolean).join(between);
}

/** The same in the language that is spoken. */
export function useListed() {
  const { language } = useLanguage();
  return useCallback((those: readonly string[], clauses = false) => listedIn(language, those, clauses), [language]);
}

/** What the server says in both languages, in the one that is spoken: `const say = useLabel(); say(ticket.stateLabel)`. */
export function useLabel() {
  const { language } = useLanguage();
  return useCallback((label: InBoth | null | undefined) => label?.[language] ?? "", [language]);
}
