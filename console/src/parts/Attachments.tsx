/** Attachments 附件: the files of a noun and of its parts at the moment shown, each to be fetched or withdrawn; and one more added. */
import { type ChangeEvent, type ReactNode, useId, useRef, useState } from "react";
import { useCommand } from "../client/command";
import { newCommandId } from "../client/commandId";
import type { Failure } from "../client/failure";
import { saveFile, sendFile } from "../client/files";
import { usePlace } from "../client/place";
import { useSession } from "../client/session";
import { AttachFileDocument, type EventToldFragment, type MilestoneKind } from "../generated/operations";
import { instantText } from "../words/dates";
import { useLanguage, useWords } from "../words/language";
import { sizeText } from "../words/sizes";
import { Beside } from "./Beside";
import { useWho } from "./History";
import { Because, Failures, Refusal } from "./Said";
import { Change, classOf, sidesOf, whole } from "./sides";
import { Withdrawing } from "./Withdrawing";
import { WORDS } from "./words";
import "./attachments.css";

export interface Attached {
  readonly entityId: string;
  readonly name: string;
  readonly caption: string | null;
  readonly size: number;
  readonly url: string;
  readonly handling?: number | null;
  readonly milestone?: string | null;
  readonly through?: string | null;
  readonly attachedAt: string;
  readonly attachedBy: string;
  readonly may: readonly Permission[];
}

/** Whether a command is open to the viewer, as the server says it. */
export interface Permission {
  readonly action: string;
  readonly allowed: boolean;
  readonly because: { readonly code: string; readonly message: string } | null;
}

/** A part of a noun that files are attached to: a handling, a milestone, the figure of a day. */
export interface Part {
  readonly name: string;
  readonly to: { readonly handling: number } | { readonly milestone: MilestoneKind } | { readonly through: string };
  readonly mayAttach: Permission;
}

/** The files of one part. */
export function filesOf(part: Part["to"], files: readonly Attached[]): readonly Attached[] {
  return files.filter(
    (file) =>
      ("handling" in part && file.handling === part.handling) ||
      ("milestone" in part && file.milestone === part.milestone) ||
      ("through" in part && file.through === part.through),
  );
}

/** A file that the server keeps, as it found it. */
interface Kept {
  readonly sha256: string;
  readonly size: number;
  readonly mediaType: string;
  readonly name: string;
}

/** What the files of the page hang on, as `attachFile` names it. */
export type To = { readonly ticket: string } | { readonly project: string } | { readonly target: string };

/** The endings of what the server takes; it looks into the bytes anyway. */
const ENDINGS = ".pdf,.png,.jpg,.jpeg,.tif,.tiff,.webp,.ofd,.docx,.xlsx,.txt,.csv";

export function Attachments({
  attached,
  now,
  mayAttach,
  to,
  parts = [],
  partsNow = [],
  events,
}: {
  attached: readonly Attached[];
  now: readonly Attached[] | undefined;
  mayAttach: Permission;
  to: To;
  /** The parts that a file can be attached to instead. */
  parts?: readonly Part[];
  /** The parts of now, where they are compared: files of now may hang on one that came since. */
  partsNow?: readonly Part[] | undefined;
  /** What was recorded of the noun: it tells who those are that attached the files. */
  events: readonly EventToldFragment[];
}) {
  const t = useWords(WORDS);
  const who = useWho(events);
  return (
    <section className="attachments" aria-label={t("attachments")}>
      <h2>{t("attachments")}</h2>
      <Files files={attached} now={now} parts={[...parts, ...partsNow]} who={who} />
      <Add to={to} mayAttach={mayAttach} parts={parts} />
    </section>
  );
}

/** The files of one part, where the part is shown; nothing where it has none. */
export function FilesHere({
  of,
  files,
  now,
}: {
  of: Part["to"];
  files: readonly Attached[];
  /** The files of now, where they are compared. */
  now?: readonly Attached[] | undefined;
}) {
  const t = useWords(WORDS);
  const here = sidesOf(whole(filesOf(of, files)), now && whole(filesOf(of, now)), entityOf);
  if (here.length === 0) return null;
  return (
    <ul className="files-here" aria-label={t("attachments")}>
      {here.map(({ key, row: file, change }) => (
        <li key={key} className={classOf({ change })}>
          <Fetched file={file} />
          <Change of={change} />
        </li>
      ))}
    </ul>
  );
}

type Who = (subject: string) => ReactNode;

function Files({
  files,
  now,
  parts,
  who,
}: {
  files: readonly Attached[];
  now: readonly Attached[] | undefined;
  parts: readonly Part[];
  who: Who;
}) {
  const t = useWords(WORDS);
  return (
    <>
      {files.length === 0 ? <p className="hint">{t("noAttachments")}</p> : null}
      <Beside rows={files} now={now} keyOf={entityOf} tellsOf={toldOf} className="">
        {(file) => <File file={file} part={parts.find(({ to }) => filesOf(to, [file]).length > 0)?.name} who={who} />}
      </Beside>
    </>
  );
}

const entityOf = ({ entityId }: Attached) => entityId;

/** What is told of a file; what may be done with it is another matter as of every moment. */
const toldOf = ({ may: _, url: __, ...told }: Attached) => told;

function File({ file, part, who }: { file: Attached; part: string | undefined; who: Who }) {
  const { at } = usePlace();
  const withdrawing = file.may.find(({ action }) => action === "withdrawAttachment");
  return (
    <>
      <Fetched file={file} />
      <small>
        {part === undefined ? null : <>{part} · </>}
        {sizeText(file.size)} · <time dateTime={file.attachedAt}>{instantText(file.attachedAt)}</time> ·{" "}
        {who(file.attachedBy)}
      </small>
      {file.caption === null ? null : <p>{file.caption}</p>}
      {/* A file of now, beside a page of then, is told and not acted on. */}
      {withdrawing === undefined || (at !== null && withdrawing.allowed) ? null : (
        <Withdrawing file={file} may={withdrawing} />
      )}
    </>
  );
}

/** A file's name, which fetches it. */
function Fetched({ file }: { file: Attached }) {
  const t = useWords(WORDS);
  const { token } = useSession();
  const { language } = useLanguage();
  const [failures, setFailures] = useState<readonly Failure[]>([]);
  const fetched = async () => setFailures(await saveFile({ token, language }, file.url));
  return (
    <>
      <button type="button" className="file" onClick={fetched} aria-label={t("download", { name: file.name })}>
        {file.name}
      </button>
      <Failures failures={failures} />
    </>
  );
}

function Add({
  to: whole,
  mayAttach: mayAttachWhole,
  parts,
}: {
  to: To;
  mayAttach: Permission;
  parts: readonly Part[];
}) {
  const t = useWords(WORDS);
  const [chosenPart, choose] = useState("");
  const part = parts.find(({ to }) => JSON.stringify(to) === chosenPart);
  const mayAttach = part?.mayAttach ?? mayAttachWhole;
  const to = { ...whole, ...part?.to };
  const why = useId();
  const input = useRef<HTMLInputElement>(null);
  const { token } = useSession();
  const { language } = useLanguage();
  const { give, refused, failures, running, clear } = useCommand(AttachFileDocument);
  const [uploading, setUploading] = useState(false);
  const [unfit, setUnfit] = useState<readonly Failure[]>([]);
  const [added, setAdded] = useState<string | null>(null);
  const busy = uploading || running;

  const chosen = async (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    // The same file may be chosen again after a refusal.
    event.target.value = "";
    if (file === undefined || busy) return;
    clear();
    setAdded(null);
    setUploading(true);
    const uploaded = await sendFile<Kept>({ token, language }, `/files?name=${encodeURIComponent(file.name)}`, file);
    setUploading(false);
    setUnfit("failures" in uploaded ? uploaded.failures : []);
    if ("failures" in uploaded) return;
    const { sha256, name, size, mediaType } = uploaded.data;
    const given = await give({ input: { ...to, sha256, name, size, mediaType, commandId: newCommandId() } });
    if (given !== undefined) setAdded(name);
  };

  return (
    <div className="add">
      {parts.length === 0 ? null : (
        <label>
          <span>{t("attachTo")}</span>
          <select value={part === undefined ? "" : chosenPart} onChange={(event) => choose(event.target.value)}>
            <option value="">
              {t("ticket" in whole ? "wholeTicket" : "project" in whole ? "wholeProject" : "wholeTarget")}
            </option>
            {parts.map(({ name, to }) => (
              <option key={JSON.stringify(to)} value={JSON.stringify(to)}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      <input ref={input} type="file" accept={ENDINGS} hidden onChange={chosen} aria-label={t("attach")} />
      {mayAttach.allowed ? (
        <button type="button" aria-disabled={busy} onClick={() => busy || input.current?.click()}>
          {busy ? t("attaching") : t("attach")}
        </button>
      ) : (
        <>
          <button type="button" aria-disabled="true" aria-describedby={why}>
            {t("attach")}
          </button>
          <p id={why} className="hint">
            <Because of={mayAttach.because} />
          </p>
        </>
      )}
      <div role="status">{added === null ? null : t("attached", { name: added })}</div>
      <Refusal refused={refused} />
      <Failures failures={[...unfit, ...failures]} />
    </div>
  );
}
