/** Bytes, and how notes, keys and proofs write them: one way each, so that nothing can be said twice. */

export type Bytes = Uint8Array<ArrayBuffer>;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const DECIMAL = /^(?:0|[1-9][0-9]{0,18})$/;

/** The largest size, index or time that is read. */
export const MOST = 2n ** 63n - 1n;

/** Standard base64 (RFC 4648, section 4), padded and with zero bits at its end; null for anything else. */
export function fromBase64(text: string): Bytes | null {
  if (!BASE64.test(text)) return null;
  const decoded = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  // `atob` passes over stray bits after the last byte. Two spellings of one signature would be one too many.
  return toBase64(decoded) === text ? decoded : null;
}

export function toBase64(bytes: Bytes): string {
  return btoa(Array.from(bytes, (each) => String.fromCharCode(each)).join(""));
}

/** A SHA-256 hash in base64; null for anything else. */
export function hashFromBase64(text: string): Bytes | null {
  const decoded = fromBase64(text);
  return decoded?.length === 32 ? decoded : null;
}

/** An ASCII decimal without sign and leading zeroes, at most 2^63 - 1; null for anything else. */
export function fromDecimal(text: string): bigint | null {
  if (!DECIMAL.test(text)) return null;
  const number = BigInt(text);
  return number <= MOST ? number : null;
}

export function hexOf(bytes: Bytes): string {
  return Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
}

export function utf8(text: string): Bytes {
  return Uint8Array.from(new TextEncoder().encode(text));
}

export function joined(...parts: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function same(one: Bytes, other: Bytes): boolean {
  return one.length === other.length && one.every((each, at) => each === other[at]);
}

/** A big-endian number. */
export function numberOf(bytes: Bytes): bigint {
  return bytes.reduce((number, each) => (number << 8n) | BigInt(each), 0n);
}
