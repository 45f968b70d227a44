/** News by asking: every few seconds while the page is looked at, and at once when it is looked at again. */
import type { Client } from "@urql/core";
import { NowDocument } from "../generated/operations";
import { ask } from "./client";
import type { News, NewsSource } from "./live";

export const EVERY_MS = 2_500;

/** Where the record stands now; null where no server answers. Where nothing moved, the browser is told so with a 304. */
export async function newsOf(client: Client): Promise<News | null> {
  const { data } = await ask(client, NowDocument, {});
  return data === undefined ? null : { head: data.moment.position, clock: data.moment.clock };
}

export const polling: NewsSource = ({ client }, told, lost) => {
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const poll = async () => {
    clearTimeout(timer);
    const news = await newsOf(client);
    if (stopped) return;
    if (news === null) lost();
    else told(news);
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(poll, EVERY_MS);
  };
  const looked = () => {
    if (document.hidden) clearTimeout(timer);
    else void poll();
  };

  document.addEventListener("visibilitychange", looked);
  void poll();
  return () => {
    stopped = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", looked);
  };
};
