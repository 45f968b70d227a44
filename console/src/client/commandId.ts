/** An id for a command. `crypto.randomUUID` is missing where a console is served over plain HTTP, as on many internal networks. */
export function newCommandId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
