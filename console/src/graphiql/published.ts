/** The published operations, with what their first lines say of them. They come into the build as they are published. */

export interface Published {
  readonly name: string;
  readonly kind: "query" | "mutation" | "subscription";
  readonly about: string;
  readonly text: string;
}

const files = import.meta.glob<string>("../../../schema/operations/**/*.graphql", {
  eager: true,
  query: "?raw",
  import: "default",
});

/** What a published document says of itself: the comment above it, its name and its kind. */
export function publishedAs(path: string, text: string): Published {
  const about: string[] = [];
  for (const line of text.split("\n")) {
    if (!line.startsWith("#")) break;
    about.push(line.replace(/^#\s?/, ""));
  }
  const kind = /^(query|mutation|subscription)\b/m.exec(text)?.[1] ?? "query";
  const name =
    path
      .split("/")
      .pop()
      ?.replace(/\.graphql$/, "") ?? path;
  return { name, kind: kind as Published["kind"], about: about.join(" "), text };
}

export const PUBLISHED: readonly Published[] = Object.entries(files)
  .map(([path, text]) => publishedAs(path, text))
  .sort((one, other) => one.name.localeCompare(other.name, "en"));
