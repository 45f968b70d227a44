/** News by asking: every few seconds while the page is looked at, and at once when it is looked at again. */
import type { Client } from "@urql/core";
import { HeadDocument } from "../generated/operations";
import type { News, NewsSource } from "./live";

export const EVERY_MS = 2_500;

/** Where the record's head is, and its clock; null where no server answers. */
export async function headOf(client: Client): Promise<News | null> {
  const { data } = await client.query(HeadDocument, {}).toPromise();
  return data === undefined
    ? null
    : { head: data.record.head, recordedAt: data.record.recordedAt ?? null, clock: data.record.clock };
}

export const polling: NewsSource = ({ client }, told, lost) => {
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const ask = async () => {
    clearTimeout(timer);
    const news = await headOf(client);
    if (stopped) return;
    if (news === null) lost();
    else told(news);
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
