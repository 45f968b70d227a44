/** Begins the console: asks what the first page will ask, where that is known by its address alone, and fetches the rest. */
import { BEFORE_ALL, placeOf } from "./client/address";
import { askEarly, type Question } from "./client/early";
import { pointOf } from "./client/moment";
import { KEPT_TOKEN } from "./client/token";
import { askedBy } from "./pages/board/asked";
import { KEPT_LANGUAGE } from "./words/preferred";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/print.css";

/** The question of the page at an address; null where another page asks for itself. */
export function questionOf(url: URL): Question | null {
  const { path, query, at, mistaken } = placeOf(url);
  // Before the first event, and of what is no moment, nothing is asked.
  if (path !== "/board" || mistaken !== null || at === BEFORE_ALL) return null;
  const { whose, year } = askedBy(query);
  return {
    name: "Board",
    variables: { ...(at === null ? {} : { at: pointOf(at) }), whose, ...(year === undefined ? {} : { year }) },
  };
}

export function begin(url: URL): void {
  const question = questionOf(url);
  if (question === null) return;
  askEarly(question, sessionStorage.getItem(KEPT_TOKEN), localStorage.getItem(KEPT_LANGUAGE), navigator.languages);
  // The page that asks is fetched together with what it is drawn in, and not after it.
  // Where it cannot be had, the page itself hears of that, and says so.
  import("./pages/board").catch(() => undefined);
}
