/** The pages of the console. Each lies in a folder of its own, is loaded when it is first seen, and owns all paths below its own. */
import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import type { SignedIn } from "../client/session";
import { type InBoth, words } from "../words/language";
import { kindsFor } from "./import/kinds";
import { fetched } from "./loading";

export interface PageProps {
  /** The segments of the path after the page's own: `/tickets/42` is `["42"]` for the page of tickets. */
  readonly rest: readonly string[];
}

export interface Page {
  readonly segment: string;
  readonly title: InBoth;
  /** What the bar at the bottom of a telephone has room for. */
  readonly short: InBoth;
  /** Whether the navigation leads to it; the others are reached from what they belong to. */
  readonly main: boolean;
  /** Whether somebody has any use for it; of whom nothing is known yet, they may. */
  readonly isFor: (viewer: SignedIn | null) => boolean;
  /** Whether it shows the record, so that a moment can be chosen. */
  readonly ofMoment: boolean;
  readonly component: LazyExoticComponent<ComponentType<PageProps>>;
}

const TITLES = words({
  inbox: ["待办", "Inbox"],
  board: ["看板", "Board"],
  projects: ["项目", "Projects"],
  tickets: ["工作联系单", "Tickets"],
  record: ["记录", "Record"],
  import: ["导入", "Import"],
  parcels: ["地块", "Parcel"],
  companies: ["企业", "Company"],
  webhooks: ["推送端点", "Webhooks"],
  ticketsShort: ["联系单", "Tickets"],
});

function page(
  segment: "inbox" | "board" | "projects" | "tickets" | "record" | "import" | "parcels" | "companies" | "webhooks",
  load: () => Promise<{ default: ComponentType<PageProps> }>,
  main = true,
): Page {
  const short = segment === "tickets" ? TITLES.ticketsShort : TITLES[segment];
  const isFor = segment === "import" ? (viewer: SignedIn | null) => kindsFor(viewer).length > 0 : () => true;
  return {
    segment,
    title: TITLES[segment],
    short,
    main,
    isFor,
    ofMoment: segment !== "import",
    component: lazy(() => fetched(segment, load)),
  };
}

export const PAGES: readonly Page[] = [
  page("inbox", () => import("./inbox")),
  page("board", () => import("./board")),
  page("projects", () => import("./projects")),
  page("tickets", () => import("./tickets")),
  page("record", () => import("./record")),
  page("import", () => import("./import")),
  page("parcels", () => import("./parcels"), false),
  page("companies", () => import("./companies"), false),
  page("webhooks", () => import("./webhooks"), false),
];

/** Where `/` leads. */
export const FIRST = "board";

/** The page of a path, and what follows its own segment. */
export function pageOf(path: string): { page: Page | undefined; rest: readonly string[] } {
  const [first = "", ...rest] = path.split("/").filter(Boolean).map(decodeURIComponent);
  return { page: PAGES.find(({ segment }) => segment === (first || FIRST)), rest };
}
