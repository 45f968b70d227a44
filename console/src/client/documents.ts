/** A document as text, as the wire wants it. */
import { stringifyDocument, type TypedDocumentNode } from "@urql/core";

export function textOf(document: TypedDocumentNode<unknown, never>): string {
  return stringifyDocument(document);
}
