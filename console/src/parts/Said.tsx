/** What the server says when it does not answer: failures with their codes, refusals as they come. */
import type { Answer } from "../client/answer";
import type { Refused } from "../client/command";
import type { Failure } from "../client/failure";
import { useWords } from "../words/language";
import { WORDS } from "./words";

export function Failures({ failures, again }: { failures: readonly Failure[]; again?: () => void }) {
  const t = useWords(WORDS);
  if (failures.length === 0) return null;
  return (
    <div className="said failed" role="alert">
      <strong>{t("failed")}</strong>
      <ul>
        {failures.map(({ code, message, errorId }) => (
          <li key={`${code} ${message}`}>
            {code === "UNREACHABLE" ? t("unreachable") : message} <code>{code}</code>
            {errorId === undefined ? null : <small> {t("errorId", { id: errorId })}</small>}
          </li>
        ))}
      </ul>
      {again === undefined ? null : (
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
      <strong>{t("refused")}</strong> {refused.message} <code>{refused.code}</code>
    </div>
  );
}

/** Around what an answer draws: its place is held while the first one comes, and failures stand above it. */
export function Answered<Data>({
  answer,
  children,
}: {
  answer: Answer<Data>;
  children: (data: Data) => React.ReactNode;
}) {
  const t = useWords(WORDS);
  return (
    <div className="answered" aria-busy={answer.loading}>
      <Failures failures={answer.failures} again={answer.again} />
      {answer.data === undefined ? (
        answer.failures.length === 0 && (
          <div className="waiting" role="status">
            {t("loading")}
          </div>
        )
      ) : (
        <div className={answer.loading ? "content stale" : "content"}>{children(answer.data)}</div>
      )}
    </div>
  );
}
