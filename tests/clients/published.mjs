/** What is published: the SDL and the operations, as a front-end team has them. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { buildSchema, isAbstractType } from "graphql";

const SCHEMA = resolve(import.meta.dirname, "..", "..", "schema");

export const SDL_FILE = join(SCHEMA, "schema.graphql");
export const schema = buildSchema(readFileSync(SDL_FILE, "utf8"));

/** Which object types stand behind each interface and union: what a normalising cache has to be told. */
export const possibleTypes = Object.fromEntries(
  Object.values(schema.getTypeMap())
    .filter(isAbstractType)
    .map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)]),
);

/** The text of a published operation. */
export const operation = (name) => readFileSync(join(SCHEMA, "operations", `${name}.graphql`), "utf8");
