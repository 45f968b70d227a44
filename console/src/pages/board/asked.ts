/** What the board asks for, by what its address says: on its own, so that it can be asked before the board is there. */
import type { BoardQueryVariables } from "../../generated/operations";

const A_YEAR = /^(19|20)\d\d$/;

/** The year and whose targets are drawn; the moment is the slider's. */
export function askedBy(query: URLSearchParams): Pick<BoardQueryVariables, "year" | "whose"> {
  const year = query.get("year") ?? "";
  return { whose: query.get("whose"), ...(A_YEAR.test(year) ? { year: Number(year) } : {}) };
}
