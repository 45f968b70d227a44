/** Failures 错误: what went wrong with a request, each with the code under which it is documented. */
import type { CombinedError } from "@urql/core";

export interface Failure {
  /** A code of the table of errors, or `UNREACHABLE` where no server answered. */
  readonly code: string;
  readonly message: string;
  /** The id under which the server's log tells of an unexpected error. */
  readonly errorId?: string;
  /** Where in the input it is wrong, from the outside in. */
  readonly input?: readonly string[];
  /** After how many seconds the server wants to be asked again, where it says so (`Retry-After`). */
  readonly retryAfter?: number;
}

/** How long to wait before the same is asked again by itself, in milliseconds; null where the server does not say. */
export function retryOf(failures: readonly Failure[]): number | null {
  const seconds = failures.flatMap(({ retryAfter }) => (retryAfter === undefined ? [] : [retryAfter]));
  return seconds.length === 0 ? null : 1_000 * Math.max(...seconds);
}

/** The seconds of a `Retry-After` header; undefined where there are none. */
function retryAfterOf(error: CombinedError): number | undefined {
  const said = (error.response as Response | undefined)?.headers?.get("retry-after");
  return said != null && /^\d+$/.test(said) ? Number(said) : undefined;
}

/** What a request's error comes to, for a reader. */
export function failuresOf(error: CombinedError | undefined): readonly Failure[] {
  if (error === undefined) return [];
  const after = retryAfterOf(error);
  const retry = after === undefined ? {} : { retryAfter: after };
  if (error.graphQLErrors.length === 0) {
    return [{ code: "UNREACHABLE", message: error.networkError?.message ?? error.message, ...retry }];
  }
  return error.graphQLErrors.map(({ message, extensions }) => {
    const code = typeof extensions.code === "string" ? extensions.code : "INTERNAL";
    return {
      code,
      message,
      ...retry,
      ...(typeof extensions.errorId === "string" ? { errorId: extensions.errorId } : {}),
      ...(Array.isArray(extensions.input) ? { input: extensions.input.map(String) } : {}),
    };
  });
}
