/** Files of the server that a browser cannot fetch by a link, for they are given by permission: asked with the token, saved by name. */
import type { Failure } from "./failure";

/** What the server gave: what it answered, or what was wrong. */
export type Given<Data> = { readonly data: Data } | { readonly failures: readonly Failure[] };

interface Asking {
  readonly token: string | null;
  readonly language: string;
}

/** Ask the server beside GraphQL, as whoever is signed in, in the reader's language. */
async function asked({ token, language }: Asking, url: string, init: RequestInit = {}): Promise<Given<Response>> {
  let response: Response;
  try {
    const headers = { "accept-language": language, ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
    response = await fetch(url, { ...init, headers });
  } catch (error) {
    return { failures: [{ code: "UNREACHABLE", message: String(error) }] };
  }
  return response.ok ? { data: response } : { failures: await failuresIn(response) };
}

/** What a response says that is no success: errors in the form of GraphQL, or its status. */
async function failuresIn(response: Response): Promise<readonly Failure[]> {
  try {
    const { errors } = (await response.json()) as { errors: { message: string; extensions: { code: string } }[] };
    return errors.map(({ message, extensions: { code } }) => ({ code, message }));
  } catch {
    return [{ code: `HTTP ${response.status}`, message: response.statusText }];
  }
}

/** Send a file, and read what is answered. */
export async function sendFile<Data>(asking: Asking, url: string, file: Blob): Promise<Given<Data>> {
  const answer = await asked(asking, url, { method: "POST", body: file });
  return "failures" in answer ? answer : { data: (await answer.data.json()) as Data };
}

/** Fetch a file and hand it to the reader; what was wrong, where it was not given. */
export async function saveFile(asking: Asking, url: string): Promise<readonly Failure[]> {
  const answer = await asked(asking, url);
  if ("failures" in answer) return answer.failures;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.data.blob());
  link.download = nameOf(answer.data.headers.get("content-disposition")) ?? "";
  link.click();
  // The browser reads the content when it gets to it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return [];
}

/** The name that a file shall have: the one in the reader's script, where there is one. */
export function nameOf(disposition: string | null): string | null {
  const extended = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? "")?.[1];
  if (extended !== undefined) return decodeURIComponent(extended);
  return /filename="([^"]+)"/i.exec(disposition ?? "")?.[1] ?? null;
}
