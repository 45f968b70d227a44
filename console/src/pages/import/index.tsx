/** Importing spreadsheets 导入: a template, a check that names every bad cell, and then all of the file or nothing. */
import { type DragEvent, useEffect, useId, useRef, useState } from "react";
import type { Failure } from "../../client/failure";
import { saveFile, sendFile } from "../../client/files";
import { useLive } from "../../client/live";
import { Link, usePlace } from "../../client/place";
import { useSession } from "../../client/session";
import { Because, Failures } from "../../parts/Said";
import { type InBoth, useLabel, useLanguage, useWords } from "../../words/language";
import type { PageProps } from "..";
import { KINDS, type Kind, kindsFor } from "./kinds";
import { WORDS } from "./words";
import "./import.css";

const COUNTS = ["rows", "new", "same", "corrected", "totals", "events"] as const;
/** What a row is told of that says otherwise than the record, and that a correction would set right. */
const DIFFERS = "DIFFERS_FROM_THE_RECORD";

interface Problem extends InBoth {
  readonly cell: string;
  readonly code: string;
}

/** What the server says of a file. */
interface Report extends Readonly<Record<(typeof COUNTS)[number], number>> {
  readonly kind: string;
  readonly file: string;
  readonly recorded: boolean;
  readonly first: string | null;
  readonly position: string | null;
  readonly problems: readonly Problem[];
  readonly moreProblems: number;
  readonly notes: readonly Problem[];
}

export default function ImportPage(_: PageProps) {
  const t = useWords(WORDS);
  const { token, viewer } = useSession();
  const { at } = usePlace();
  const kinds = kindsFor(viewer);
  const whyNot = at !== null ? t("inThePast") : token === null ? t("signIn") : null;
  return (
    <article className="import">
      <h1>{t("title")}</h1>
      <p className="lead">{t("what")}</p>
      {kinds.length === 0 ? (
        <p className="said refused" role="status">
          {t("notYours")}
        </p>
      ) : (
        <>
          <Templates kinds={kinds} />
          <Importing whyNot={whyNot} kinds={kinds} />
        </>
      )}
    </article>
  );
}

function Templates({ kinds }: { kinds: readonly Kind[] }) {
  const t = useWords(WORDS);
  const { token } = useSession();
  const { language } = useLanguage();
  const [failures, setFailures] = useState<readonly Failure[]>([]);
  return (
    <section>
      <h2>{t("templates")}</h2>
      <p className="hint">{t("templatesSay")}</p>
      <div className="templates">
        {kinds.map((kind) => (
          <button
            key={kind}
            type="button"
            onClick={async () => setFailures(await saveFile({ token, language }, `/import/${kind}.xlsx`))}
          >
            {t(kind)} <small>.xlsx</small>
          </button>
        ))}
      </div>
      <Failures failures={failures} />
    </section>
  );
}

function Importing({ whyNot, kinds }: { whyNot: string | null; kinds: readonly Kind[] }) {
  const t = useWords(WORDS);
  const id = useId();
  const { token } = useSession();
  const { language } = useLanguage();
  const { learn } = useLive();
  const input = useRef<HTMLInputElement>(null);
  const [file, setFile] = useState<File | null>(null);
  const [kind, setKind] = useState("");
  const [correct, setCorrect] = useState(false);
  const [reason, setReason] = useState("");
  const [report, setReport] = useState<Report | null>(null);
  const [failures, setFailures] = useState<readonly Failure[]>([]);
  const [busy, setBusy] = useState<"check" | "record" | null>(null);
  const [over, setOver] = useState(false);

  const send = async (chosen: File, how: { kind: string; correct: boolean; record: boolean }) => {
    setBusy(how.record ? "record" : "check");
    setFailures([]);
    const query = new URLSearchParams({ file: chosen.name });
    if (how.kind !== "") query.set("kind", how.kind);
    if (how.record) query.set("record", "true");
    if (how.correct) {
      query.set("correct", "true");
      query.set("reason", reason);
    }
    const answer = await sendFile<Report>({ token, language }, `/import?${query}`, chosen);
    setBusy(null);
    if ("failures" in answer) {
      setFailures(answer.failures);
      setReport(null);
      return;
    }
    setReport(answer.data);
    if (answer.data.recorded && answer.data.position !== null) learn(answer.data.position);
  };
  const choose = (chosen: File | undefined) => {
    if (chosen === undefined || whyNot !== null) return;
    setFile(chosen);
    setReport(null);
    setCorrect(false);
    void send(chosen, { kind, correct: false, record: false });
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    choose(event.dataTransfer.files[0]);
  };
  const differs = correct || (report?.problems.some(({ code }) => code === DIFFERS) ?? false);
  const nothingNew = report !== null && report.new + report.corrected === 0;
  const ready = report !== null && !report.recorded && report.problems.length === 0 && !nothingNew;

  return (
    <>
      <section>
        <h2>{t("file")}</h2>
        {whyNot === null ? null : (
          <p className="hint" id={`${id}-why`}>
            {whyNot}
          </p>
        )}
        {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is for the mouse; the button in it does the same */}
        <div
          className={over ? "drop over" : "drop"}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={drop}
        >
          <button
            type="button"
            className={file === null ? "primary" : undefined}
            aria-disabled={whyNot !== null}
            aria-describedby={whyNot === null ? undefined : `${id}-why`}
            onClick={() => whyNot === null && input.current?.click()}
          >
            {t("choose")}
          </button>
          <span className="hint">{file === null ? t("orDrop") : file.name}</span>
          <input
            ref={input}
            type="file"
            hidden
            accept=".xlsx,.csv,.txt,.tsv"
            disabled={whyNot !== null}
            onChange={({ target }) => {
              choose(target.files?.[0]);
              // The same file may be chosen again, after it was mended.
              target.value = "";
            }}
          />
        </div>
        <div className="how">
          <label>
            {t("kind")}{" "}
            <select value={kind} onChange={({ target }) => setKind(target.value)}>
              <option value="">{t("byHeader")}</option>
              {kinds.map((each) => (
                <option key={each} value={each}>
                  {t(each)}
                </option>
              ))}
            </select>
          </label>
          {file === null ? null : (
            <button type="button" onClick={() => send(file, { kind, correct, record: false })}>
              {t("again")}
            </button>
          )}
        </div>
        {busy === null ? null : <p role="status">{t(busy === "check" ? "checking" : "recording")}</p>}
        <Failures failures={failures} />
      </section>
      {report === null ? null : (
        <Found report={report}>
          {!differs || report.recorded ? null : (
            <fieldset className="correcting">
              <label>
                <input type="checkbox" checked={correct} onChange={({ target }) => setCorrect(target.checked)} />{" "}
                {t("correct")}
              </label>
              <p className="hint">{t("correctSays")}</p>
              {correct ? (
                <label>
                  {t("reason")}{" "}
                  <input
                    value={reason}
                    required
                    onChange={({ target }) => setReason(target.value)}
                    autoComplete="off"
                  />
                </label>
              ) : null}
              {file === null ? null : (
                <button
                  type="button"
                  disabled={correct && reason.trim() === ""}
                  onClick={() => send(file, { kind, correct, record: false })}
                >
                  {t("again")}
                </button>
              )}
            </fieldset>
          )}
          {ready && file !== null ? (
            <p className="buttons">
              <button
                type="button"
                className="primary"
                aria-disabled={busy !== null}
                onClick={() => busy === null && send(file, { kind, correct, record: true })}
              >
                {t("record", { count: report.events })}
              </button>
            </p>
          ) : null}
        </Found>
      )}
    </>
  );
}

/** Where in a file something stands: a cell as it is named there, and a whole row, which comes as `2:2`, by its number. */
function usePlaced() {
  const t = useWords(WORDS);
  return (cell: string) => {
    const [, first, last] = /^(\d+):(\d+)$/.exec(cell) ?? [];
    return first !== undefined && first === last ? t("row", { row: first }) : cell;
  };
}

/** What was found in a file, and what became of it. */
function Found({ report, children }: { report: Report; children: React.ReactNode }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const placed = usePlaced();
  const told = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever works by keyboard or by ear goes on at every new report
  useEffect(() => told.current?.focus({ preventScroll: false }), [report]);
  const { problems, notes } = report;
  const wrong = problems.length + report.moreProblems;
  return (
    <section ref={told} tabIndex={-1} className="found-in-file" aria-label={t("result")}>
      <h2>{t(report.recorded ? "recordedTitle" : "result")}</h2>
      <p className="hint">
        {report.file} · {KINDS.some((kind) => kind === report.kind) ? t(report.kind as Kind) : report.kind}
      </p>
      <ul className="tiles">
        {COUNTS.map((name) => (
          <li key={name}>
            <strong>{report[name]}</strong>
            <span>{t(name)}</span>
          </li>
        ))}
      </ul>
      {report.recorded ? (
        <p className="said done" role="status">
          {t("recorded", { count: report.events })}{" "}
          {report.first === null || report.position === null ? null : (
            <>
              {t("positions", { first: report.first, last: report.position })}{" "}
              <Link to={`/record?before=${BigInt(report.position) + 1n}`}>{t("see")}</Link>
            </>
          )}
        </p>
      ) : wrong > 0 ? (
        <div className="said failed" role="alert">
          <strong>{t("problems", { count: wrong })}</strong>
        </div>
      ) : (
        <p className="said done" role="status">
          {report.rows === 0 ? t("nothing") : report.new + report.corrected === 0 ? t("allSame") : t("fine")}
        </p>
      )}
      {problems.length === 0 ? null : (
        <table className="list problems" aria-label={t("wrong")}>
          <thead>
            <tr>
              <th scope="col">{t("cell")}</th>
              <th scope="col">{t("wrong")}</th>
            </tr>
          </thead>
          <tbody>
            {problems.map((problem) => (
              <tr key={`${problem.cell} ${problem.code} ${problem.en}`}>
                <th scope="row" data-label={t("cell")}>
                  {placed(problem.cell)}
                </th>
                <td data-label={t("wrong")}>
                  <Because of={{ code: problem.code, message: say(problem) }} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {report.moreProblems > 0 ? <p className="hint">{t("moreProblems", { count: report.moreProblems })}</p> : null}
      {notes.length === 0 ? null : (
        <>
          <h3>{t("notes")}</h3>
          <ul className="plain">
            {notes.map((note) => (
              <li key={`${note.cell} ${note.code} ${note.en}`}>
                <strong>{placed(note.cell)}</strong> <Because of={{ code: note.code, message: say(note) }} />
              </li>
            ))}
          </ul>
        </>
      )}
      {children}
    </section>
  );
}
