import { Kind, parse, type TypeNode } from "graphql";

/** The published operations, with what their first lines say of them. They come into the build as they are published. */

export interface Published {
  readonly name: string;
  readonly kind: "query" | "mutation" | "subscription";
  readonly about: string;
  readonly text: string;
  /** The variables that it cannot be asked without, as JSON to be filled in; empty where it needs none. */
  readonly needs: string;
}

const files = import.meta.glob<string>("../../../schema/operations/**/*.graphql", {
  eager: true,
  query: "?raw",
  import: "default",
});

/** What stands for a variable until it is filled in: empty, but of the right form. */
function blank(type: TypeNode): unknown {
  if (type.kind === Kind.NON_NULL_TYPE) return blank(type.type);
  if (type.kind === Kind.LIST_TYPE) return [];
  const { value } = type.name;
  if (value === "Int" || value === "Float") return 1;
  if (value === "Boolean") return false;
  if (value === "Position") return "1";
  return value.endsWith("Input") ? {} : "";
}

function needsOf(text: string): string {
  const needed = parse(text).definitions.flatMap((each) =>
    each.kind === Kind.OPERATION_DEFINITION
      ? (each.variableDefinitions ?? []).filter(
          ({ type, defaultValue }) => type.kind === Kind.NON_NULL_TYPE && defaultValue === undefined,
        )
      : [],
  );
  if (needed.length === 0) return "";
  return JSON.stringify(Object.fromEntries(needed.map((one) => [one.variable.name.value, blank(one.type)])), null, 2);
}

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
  return { name, kind: kind as Published["kind"], about: about.join(" "), text, needs: needsOf(text) };
}

export const PUBLISHED: readonly Published[] = Object.entries(files)
  .map(([path, text]) => publishedAs(path, text))
  .sort((one, other) => one.name.localeCompare(other.name, "en"));
