/** Documents: as text, as the wire wants them, and by name. */
import { stringifyDocument, type TypedDocumentNode } from "@urql/core";
import { Kind } from "graphql";

export function textOf(document: TypedDocumentNode<unknown, never>): string {
  return stringifyDocument(document);
}

/** The name of a published operation. */
export function nameOf(document: TypedDocumentNode<unknown, never>): string {
  const [first] = document.definitions;
  return first?.kind === Kind.OPERATION_DEFINITION ? (first.name?.value ?? "") : "";
}
