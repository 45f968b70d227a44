/** Around every page: what stands there when it cannot be fetched or drawn. What is around the page goes on. */
import { Component, type ReactNode, useEffect, useState } from "react";
import { NotFetched, remedyOf } from "../pages/loading";
import { useWords } from "../words/language";
import { WORDS } from "./words";

interface Props {
  /** Where the reader is: what fell at one place need not fall at the next. */
  readonly path: string;
  readonly children: ReactNode;
}

interface State {
  readonly error: unknown;
  readonly path: string;
}

export class Fallen extends Component<Props, State> {
  override state: State = { error: null, path: this.props.path };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error };
  }

  static getDerivedStateFromProps({ path }: Props, before: State): Partial<State> | null {
    return path === before.path ? null : { path, error: null };
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    if (error instanceof NotFetched) return <Unfetched segment={error.segment} key={this.props.path} />;
    return <Broken error={error} again={() => this.setState({ error: null })} />;
  }
}

/** How often the server is looked for while it is away. */
const LOOK_MS = 3_000;

async function answers(): Promise<boolean> {
  try {
    return (await fetch("/console/", { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

function Unfetched({ segment }: { segment: string }) {
  const t = useWords(WORDS);
  const [remedy, setRemedy] = useState<ReturnType<typeof remedyOf> | null>(null);
  const [tries, setTries] = useState(0);
  const missing = remedy === "tell";

  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever asks for another try begins anew
  useEffect(() => {
    let gone = false;
    let timer: ReturnType<typeof setTimeout>;
    const again = async () => {
      const there = await answers();
      if (gone) return;
      const found = remedyOf(segment, there);
      setRemedy(found);
      if (found === "reload") location.reload();
      if (found === "wait") timer = setTimeout(again, LOOK_MS);
    };
    void again();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [segment, tries]);

  const retry = async () => {
    // What was loaded anew to no avail is loaded anew as often as somebody wants it; but never away from this message.
    if (missing && (await answers())) location.reload();
    else setTries((count) => count + 1);
  };
  if (remedy === null || remedy === "reload") return <div className="loading">{t("loading")}</div>;
  return (
    <section className="nothing" role="alert">
      <h1>{t("notFetched")}</h1>
      <p>{t(missing ? "notFetchedMissing" : "notFetchedAway")}</p>
      <p>
        <button type="button" onClick={() => void retry()}>
          {t("again")}
        </button>
      </p>
    </section>
  );
}

function Broken({ error, again }: { error: unknown; again: () => void }) {
  const t = useWords(WORDS);
  return (
    <section className="nothing" role="alert">
      <h1>{t("broken")}</h1>
      <p>{t("brokenSays", { message: error instanceof Error ? error.message : String(error) })}</p>
      <p>
        <button type="button" onClick={again}>
          {t("again")}
        </button>
      </p>
    </section>
  );
}
