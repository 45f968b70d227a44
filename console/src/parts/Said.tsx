/** What the server says when it does not answer: failures with their codes, refusals as they come. */
import type { ReactNode } from "react";
import type { Answer } from "../client/answer";
import type { Refused } from "../client/command";
import type { Failure } from "../client/failure";
import { usePlace } from "../client/place";
import { useWords } from "../words/language";
import { Change } from "./sides";
import { WORDS } from "./words";

/** What has not come yet: a position, a day. */
const AHEAD = new Set(["MOMENT_AHEAD", "MOMENT_IN_THE_FUTURE"]);

/** What an address names cannot be the id of anything. */
const NO_ID = "BAD_ID";

export function Failures({ failures, again }: { failures: readonly Failure[]; again?: () => void }) {
  const t = useWords(WORDS);
  const { goTo } = usePlace();
  if (failures.length === 0) return null;
  // What is not recorded yet is not there at the second try, either: the way back is to now.
  const ahead = failures.some(({ code }) => AHEAD.has(code));
  return (
    <div className="said failed" role="alert">
      <strong>{t("failed")}</strong>
      <ul>
        {failures.map(({ code, message, errorId, retryAfter }) => (
          <li key={`${code} ${message}`}>
            {code === "UNREACHABLE" ? t("unreachable") : message} <code>{code}</code>
            {retryAfter === undefined ? null : <small> {t("askedAgain", { seconds: retryAfter })}</small>}
            {errorId === undefined ? null : <small> {t("errorId", { id: errorId })}</small>}
          </li>
        ))}
      </ul>
      {ahead ? (
        <button type="button" onClick={() => goTo(null)}>
          {t("toNow")}
        </button>
      ) : again === undefined ? null : (
        <button type="button" onClick={again}>
          {t("again")}
        </button>
      )}
    </div>
  );
}

export function Refusal({ refused }: { refused: Refused | null }) {
  const t = useWords(WORDS);
  if (refused === null) return null;
  return (
    <div className="said refused" role="alert">
      <strong>{t("refused")}</strong> <Because of={refused} />
    </div>
  );
}

/**
 * Why something is not done, or cannot be: the sentence that the server says in the reader's language. Its code is for programs
 * and for whoever writes to us about it; it stands in the page, and is not read to people.
 */
export function Because({ of }: { of: { readonly code: string | null; readonly message: string } | null | undefined }) {
  return of === null || of === undefined ? null : <span data-code={of.code ?? undefined}>{of.message}</span>;
}

/** The page of what there is not, at this moment or at any: what it would be of, that there is none, and where it may be found. */
export function Unknown({
  what,
  says,
  now,
  children,
}: {
  what: string;
  says: string;
  /** What it is called, where the reader compares with now and there is one now. */
  now?: string | undefined;
  children?: ReactNode;
}) {
  const t = useWords(WORDS);
  const { at } = usePlace();
  return (
    <>
      <h1>{what}</h1>
      <p>{says}</p>
      {at === null ? null : now === undefined ? (
        <p className="hint">{t("perhapsSince")}</p>
      ) : (
        <p>
          <span className="differs">
            {now} <Change of="cameSince" />
          </span>
        </p>
      )}
      {children}
    </>
  );
}

/** Around what an answer draws: its place is held while the first one comes, and failures stand above it. */
export function Answered<Data>({
  answer,
  unknown,
  children,
}: {
  answer: Answer<Data>;
  /** Of a page of one noun, whose id the address names: what it says where there is no such noun. What is no id of any is none. */
  unknown?: ReactNode;
  children: (data: Data) => ReactNode;
}) {
  const t = useWords(WORDS);
  if (unknown !== undefined && answer.failures.some(({ code }) => code === NO_ID)) return unknown;
  return (
    <div className="answered" aria-busy={answer.loading}>
      <Failures failures={answer.failures} again={answer.again} />
      {answer.data === undefined ? (
        answer.failures.length === 0 && (
          <div className="loading" role="status">
            {t("loading")}
          </div>
        )
      ) : (
        <div className={answer.loading ? "content stale" : "content"}>{children(answer.data)}</div>
      )}
    </div>
  );
}
