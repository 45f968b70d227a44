/** The mark of what differs from now: beside the value of then stands the one of now. */
import type { ReactNode } from "react";
import { useWords } from "../words/language";
import { WORDS } from "./words";

/** Whether two answers differ, but for ids: in the past they carry the moment. */
export function differ(then: unknown, now: unknown): boolean {
  return plain(then) !== plain(now);
}

const itself = (value: unknown): unknown => value;

function plain(value: unknown): string {
  return JSON.stringify(value, (name, each: unknown) => (name === "id" ? undefined : each)) ?? "";
}

/**
 * Draw a value of then, marked where it differs from now. `now` is undefined where nothing is compared.
 *
 *     <Differs then={ticket.stateLabel} now={today?.stateLabel} draw={say} />
 */
export function Differs<Value>({
  then,
  now,
  draw,
  tellsOf = itself,
  block = false,
}: {
  then: Value;
  now: Value | undefined;
  draw: (value: Value) => ReactNode;
  /** What is drawn of a value, where it holds more than that: only this is compared. */
  tellsOf?: ((value: Value) => unknown) | undefined;
  /** Whether what is drawn is a list or another block: the mark stands around all of it. */
  block?: boolean;
}) {
  const t = useWords(WORDS);
  if (now === undefined || !differ(tellsOf(then), tellsOf(now))) return <>{draw(then)}</>;
  const drawn = draw(now);
  const Mark = block ? "div" : "span";
  return (
    <Mark className={block ? "differs block" : "differs"}>
      {draw(then)}
      <ins>
        {drawn === "" || drawn === null || drawn === undefined ? (
          t("nowNothing")
        ) : typeof drawn === "string" ? (
          t("nowIs", { value: drawn })
        ) : (
          <>
            {t("nowIs", { value: "" })}
            {drawn}
          </>
        )}
      </ins>
    </Mark>
  );
}
