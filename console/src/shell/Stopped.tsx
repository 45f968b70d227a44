/** A badge where webhooks stand still, for whoever may see that: nothing of it is in the record, so it is looked for now and then. */
import { useEffect, useState } from "react";
import { ask, useClient } from "../client/client";
import { Link } from "../client/place";
import { useSession } from "../client/session";
import { WebhooksStoppedDocument } from "../generated/operations";
import { useWords } from "../words/language";
import { WORDS } from "./words";

/** The page that was opened asks first. */
const FIRST_MS = 8_000;
const AGAIN_MS = 60_000;

export function Stopped() {
  const t = useWords(WORDS);
  const client = useClient();
  const { viewer } = useSession();
  const [count, setCount] = useState<number | null>(null);
  const subject = viewer?.subject;

  useEffect(() => {
    setCount(null);
    if (subject === undefined) return;
    let timer: ReturnType<typeof setTimeout>;
    let gone = false;
    const look = async () => {
      const { data } = await ask(client, WebhooksStoppedDocument, {});
      if (gone) return;
      const found = data?.viewer.webhooksStopped;
      // Whoever may not see it is not shown it a minute later, either.
      if (found === null) return;
      if (found !== undefined) setCount(found);
      timer = setTimeout(look, AGAIN_MS);
    };
    timer = setTimeout(look, FIRST_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [client, subject]);

  if (count === null || count === 0) return null;
  return (
    <Link to="/webhooks" className="stopped">
      {t("stopped", { count })}
    </Link>
  );
}
