/** Fetching a page's files, which may fail: the server is away, or was updated, and its files have other names now. */

/** That the files of a page could not be had. */
export class NotFetched extends Error {
  override readonly name = "NotFetched";
  constructor(
    readonly segment: string,
    override readonly cause: unknown,
  ) {
    super(`the page ${segment} could not be fetched: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

const RELOADED = "txapi.reloaded";

/** Where it is kept for which page the console was loaded anew: the browser's, which outlives that. */
export type Kept = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** A page's files. Whatever was done to get them is forgotten once they are there. */
export async function fetched<Page>(
  segment: string,
  load: () => Promise<Page>,
  kept: Kept = sessionStorage,
): Promise<Page> {
  try {
    const page = await load();
    if (kept.getItem(RELOADED) === segment) kept.removeItem(RELOADED);
    return page;
  } catch (cause) {
    throw new NotFetched(segment, cause);
  }
}

/**
 * What to do about a page that could not be fetched, by whether the server answers. `reload` loads the console anew, with which the
 * browser forgets which files it could not get and learns what they are called now. That is done once, or a page whose files
 * are missing for good would be loaded for ever; `wait` looks again later, and `tell` leaves it to the reader.
 */
export function remedyOf(segment: string, answers: boolean, kept: Kept = sessionStorage): "reload" | "wait" | "tell" {
  if (!answers) {
    // Whatever was tried before was tried on a server that went away since.
    kept.removeItem(RELOADED);
    return "wait";
  }
  if (kept.getItem(RELOADED) === segment) return "tell";
  kept.setItem(RELOADED, segment);
  return "reload";
}
