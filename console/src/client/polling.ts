/** News by asking: every few seconds while the page is looked at, and at once when it is looked at again. */
import type { Client } from "@urql/core";
import { HeadDocument } from "../generated/operations";
import type { News, NewsSource } from "./live";

export const EVERY_MS = 2_500;

export const polling: NewsSource = (client: Client, told: (news: News) => void, lost: () => void) => {
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const ask = async () => {
    clearTimeout(timer);
    const { data } = await client.query(HeadDocument, {}).toPromise();
    if (stopped) return;
    if (data === undefined) lost();
    else told({ head: data.record.head, recordedAt: data.record.recordedAt ?? null, clock: data.record.clock });
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(ask, EVERY_MS);
  };
  const looked = () => {
    if (document.hidden) clearTimeout(timer);
    else void ask();
  };

  document.addEventListener("visibilitychange", looked);
  void ask();
  return () => {
    stopped = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", looked);
  };
};
