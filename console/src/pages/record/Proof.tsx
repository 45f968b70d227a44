/** The inclusion proof 包含证明 of an event, and its verification in this browser. */
import { useEffect, useId, useState } from "react";
import type { EventQuery, ProofQuery } from "../../generated/operations";
import { Failures } from "../../parts/Said";
import { hexOf, toBase64 } from "../../proof/bytes";
import { primitivesHere } from "../../proof/primitives";
import { type Told, toldBy } from "../../proof/told";
import { type Step, type Verdict, verify } from "../../proof/verify";
import { useWords } from "../../words/language";
import { useProof } from "./proving";
import { useTrusted } from "./trusted";
import { WORDS } from "./words";

type Event = NonNullable<EventQuery["event"]>;
type Given = ProofQuery["record"];

/** The proof is asked for when somebody opens it: most who look at an event do not want it, and it is made at that moment. */
export function ProofPanel({ event }: { event: Event }) {
  const t = useWords(WORDS);
  const [opened, setOpened] = useState(false);
  return (
    <section className="proof" aria-labelledby="proof">
      <h2 id="proof">{t("proof")}</h2>
      <p className="hint">{t("proofIs")}</p>
      {opened ? (
        <Asked event={event} />
      ) : (
        <button type="button" onClick={() => setOpened(true)}>
          {t("fetchProof")}
        </button>
      )}
    </section>
  );
}

function Asked({ event }: { event: Event }) {
  const t = useWords(WORDS);
  const { record, failures, awaited, again } = useProof(event.position);
  return (
    <>
      <Failures failures={failures} again={again} />
      {awaited ? <p role="status">{t("awaited")}</p> : null}
      {record === null ? null : <Given event={event} record={record} />}
    </>
  );
}

function Given({ event, record }: { event: Event; record: Given }) {
  const t = useWords(WORDS);
  const { proof } = record;
  return (
    <>
      <ToldByProof proof={proof.tlogProof ?? ""} />
      {proof.stored === "" ? (
        <p className="hint">{t("storedWithheld")}</p>
      ) : (
        <details>
          <summary>{t("stored")}</summary>
          <pre className="json">{proof.stored}</pre>
        </details>
      )}
      <p className="hint">
        <a href={`/log/proof/${event.position}`} download={`${event.position}.tlog-proof`}>
          {t("download")}
        </a>
        {" · "}
        <code>{`txapi verify ${event.position}.tlog-proof --vkey …`}</code>
      </p>
      {proof.stored === "" ? null : <Verification event={event} record={record} stored={proof.stored} />}
    </>
  );
}

/**
 * What the proof file tells. Only what stands in the text that is verified is shown: whatever else an answer says of the proof
 * would stand unverified beside the verdict.
 */
function ToldByProof({ proof }: { proof: string }) {
  const t = useWords(WORDS);
  const [read, setRead] = useState<{ readonly of: string; readonly told: Told | null } | null>(null);
  useEffect(() => {
    let dropped = false;
    const reading = async () => {
      const told = await toldBy(proof, await primitivesHere());
      if (!dropped) setRead({ of: proof, told });
    };
    void reading();
    return () => {
      dropped = true;
    };
  }, [proof]);
  if (read === null || read.of !== proof) return null;
  const { told } = read;
  if (told === null)
    return (
      <p className="said refused" role="alert">
        {t("PROOF_MALFORMED")}
      </p>
    );
  return (
    <>
      <dl className="facts">
        <dt>{t("tree")}</dt>
        <dd>{t("treeIs", { index: String(told.index), size: String(told.size) })}</dd>
        <dt>{t("leaf")}</dt>
        <dd>
          <code>{hexOf(told.leaf)}</code>
        </dd>
        <dt>{t("root")}</dt>
        <dd>
          <code>{hexOf(told.root)}</code>
        </dd>
      </dl>
      <details>
        <summary>{t("path", { count: told.path.length })}</summary>
        <ol className="hashes">
          {told.path.map(hexOf).map((hash) => (
            <li key={hash}>
              <code>{hash}</code>
            </li>
          ))}
        </ol>
      </details>
    </>
  );
}

function Verification({ event, record, stored }: { event: Event; record: Given; stored: string }) {
  const t = useWords(WORDS);
  const id = useId();
  const { pinned, pin, unpin } = useTrusted();
  const given = record.verifierKey ?? "";
  const [typed, setTyped] = useState<string | null>(null);
  const [verdict, setVerdict] = useState<{ readonly of: string; readonly is: Verdict } | null>(null);
  const [working, setWorking] = useState(false);
  const key = (typed ?? pinned ?? given).trim();

  const run = async () => {
    setWorking(true);
    const asked = { vkey: key, proof: record.proof.tlogProof ?? "", stored, shown: event };
    setVerdict({ of: key, is: await verify(asked, await primitivesHere()) });
    setWorking(false);
  };

  return (
    <form
      className="verification"
      onSubmit={(submitted) => {
        submitted.preventDefault();
        void run();
      }}
    >
      <label htmlFor={id}>{t("key")}</label>
      <textarea
        id={id}
        rows={2}
        spellCheck={false}
        autoComplete="off"
        value={typed ?? pinned ?? given}
        aria-describedby={`${id}-from`}
        onChange={({ target }) => setTyped(target.value)}
      />
      <p className="hint" id={`${id}-from`}>
        {key === pinned ? t("keyPinned") : key === given ? t("keyGiven") : t("keyTyped")}
      </p>
      {pinned !== null && pinned !== given ? (
        <p className="said refused" role="alert">
          {t("keyChanged")}
        </p>
      ) : null}
      <p className="acts">
        <button type="submit" className="primary" disabled={working || key === ""}>
          {t("verify")}
        </button>
        {key !== "" && key !== pinned ? (
          <button type="button" onClick={() => pin(key)}>
            {t("pin")}
          </button>
        ) : null}
        {pinned === null ? null : (
          <button type="button" onClick={unpin}>
            {t("unpin")}
          </button>
        )}
        {key !== given && given !== "" ? (
          <button type="button" className="quiet" onClick={() => setTyped(given)}>
            {t("takeGiven")}
          </button>
        ) : null}
      </p>
      <div role="status">
        {verdict === null || verdict.of !== key ? null : (
          <Outcome verdict={verdict.is} pinned={key === pinned} given={key === given} />
        )}
      </div>
    </form>
  );
}

const MARKS: Readonly<Record<Step["state"], string>> = { holds: "✓", fails: "✗", untried: "–" };

function Outcome({ verdict, pinned, given }: { verdict: Verdict; pinned: boolean; given: boolean }) {
  const t = useWords(WORDS);
  const { checkpoint, compared, file } = verdict;
  const values = {
    size: String(checkpoint?.size ?? ""),
    origin: checkpoint?.origin ?? "",
    root: checkpoint === null ? "" : toBase64(checkpoint.root),
    hashes: file?.path.length ?? 0,
  };
  return (
    <div className={verdict.holds ? "verdict proven" : "verdict refuted"}>
      <p className="says">
        <i aria-hidden="true">{verdict.holds ? "✓" : "✗"}</i>{" "}
        <strong>{t(verdict.holds ? "proven" : "notProven")}</strong>
      </p>
      <ol>
        {verdict.steps.map(({ name, state }) => (
          <li key={name} className={state}>
            <i aria-hidden="true">{MARKS[state]}</i>
            <span>
              <strong>{t(`step_${name}`)}</strong> <small>{t(state)}</small>
              {state === "holds" ? <span className="how">{t(`how_${name}`, values)}</span> : null}
              {state === "fails" && verdict.failing !== null ? (
                <span className="how">
                  {t(verdict.failing)} {verdict.detail ? <code>{verdict.detail}</code> : null}
                </span>
              ) : null}
            </span>
          </li>
        ))}
      </ol>
      {compared?.unstated.length ? <p>{t("unstated", { fields: compared.unstated.join(", ") })}</p> : null}
      {compared?.olderForm ? <p>{t("olderForm")}</p> : null}
      <dl className="facts">
        <dt>{t("provenIs")}</dt>
        <dd>{t(verdict.holds ? "provenAll" : checkpoint === null ? "provenNothing" : "provenSome")}</dd>
        <dt>{t("trustedIs")}</dt>
        <dd>
          <ul>
            <li>{t(pinned ? "trustPinned" : given ? "trustGiven" : "trustTyped")}</li>
            <li>{t(verdict.by === "browser" ? "trustBrowser" : "trustLibrary")}</li>
          </ul>
        </dd>
        <dt>{t("leftOpen")}</dt>
        <dd>{t("leftOpenIs")}</dd>
      </dl>
    </div>
  );
}
