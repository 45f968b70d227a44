/** Failures 错误: what went wrong with a request, each with the code under which it is documented. */
import type { CombinedError } from "@urql/core";

export interface Failure {
  /** A code of the table of errors, or `UNREACHABLE` where no server answered. */
  readonly code: string;
  readonly message: string;
  /** The id under which the server's log tells of an unexpected error. */
  readonly errorId?: string;
}

/** What a request's error comes to, for a reader. */
export function failuresOf(error: CombinedError | undefined): readonly Failure[] {
  if (error === undefined) return [];
  if (error.graphQLErrors.length === 0) {
    return [{ code: "UNREACHABLE", message: error.networkError?.message ?? error.message }];
  }
  return error.graphQLErrors.map(({ message, extensions }) => {
    const code = typeof extensions.code === "string" ? extensions.code : "INTERNAL";
    return typeof extensions.errorId === "string" ? { code, message, errorId: extensions.errorId } : { code, message };
  });
}
