// Type-checks the TypeScript of docs/front-end.md as a reader would paste it: each block is a module of its own beside
// `txapi.ts`, which is generated as the guide's own configuration says, and the compiler is as strict as here.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { codegen } from "@graphql-codegen/core";
import * as documents from "@graphql-codegen/typed-document-node";
import * as operations from "@graphql-codegen/typescript-operations";
import { parse } from "graphql";
import ts from "typescript";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..");
const guide = readFileSync(process.argv[2] ?? join(root, "docs", "front-end.md"), "utf8");
const folder = join(here, "node_modules", ".guide");
const plugins = { "typescript-operations": operations, "typed-document-node": documents };

/** The blocks of one language, each with the number of its first line. */
function blocks(language) {
  const found = guide.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"));
  return [...found].map((match) => ({ text: match[1], line: guide.slice(0, match.index).split("\n").length + 1 }));
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

const setUp = blocks("yaml").find((block) => block.text.includes("generates:"));
const code = blocks("ts");
if (!setUp || code.length === 0) fail("docs/front-end.md has no configuration of a generator, or no TypeScript");

const named = /plugins: \[(.*)\]/.exec(setUp.text)?.[1].split(", ") ?? [];
const strange = named.filter((name) => !(name in plugins));
if (named.length === 0 || strange.length > 0) fail(`the guide names plugins that are not known here: ${strange}`);
const scalars = Object.fromEntries([...setUp.text.matchAll(/^ {8}(\w+): (\w+)/gm)].map((match) => match.slice(1, 3)));

const published = join(root, "schema", "operations");
const locations = readdirSync(published)
  .filter((name) => name.endsWith(".graphql"))
  .sort()
  .map((name) => join(published, name));
const text = await codegen({
  filename: join(folder, "txapi.ts"),
  schema: parse(readFileSync(join(root, "schema", "schema.graphql"), "utf8")),
  documents: locations.map((location) => ({ location, document: parse(readFileSync(location, "utf8")) })),
  config: { scalars },
  plugins: named.map((name) => ({ [name]: {} })),
  pluginMap: plugins,
});

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "txapi.ts"), text);
// What the guide says is the reader's own, and `ws`, which it has the reader install and nothing here needs.
const own =
  'declare module "ws" {\n  const socket: typeof WebSocket;\n  export default socket;\n}\n' +
  "declare const token: string;\ndeclare function show(what: unknown): void;\ndeclare function refetchEverything(): void;\n";
writeFileSync(join(folder, "own.d.ts"), own);
const written = code.map((block) => ({ ...block, path: join(folder, `line-${block.line}.ts`) }));
for (const block of written) writeFileSync(block.path, `${block.text}export {};\n`);

const options = {
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  types: [],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  isolatedModules: true,
  skipLibCheck: true,
  noEmit: true,
};
const program = ts.createProgram([...written.map((block) => block.path), join(folder, "own.d.ts")], options);
const complaints = ts.getPreEmitDiagnostics(program).map((each) => {
  const block = written.find(({ path }) => path === each.file?.fileName);
  const line = block ? block.line + each.file.getLineAndCharacterOfPosition(each.start ?? 0).line : 0;
  return `docs/front-end.md:${line}: ${ts.flattenDiagnosticMessageText(each.messageText, " ")}`;
});
if (complaints.length > 0) fail(complaints.join("\n"));
process.stdout.write(`docs/front-end.md: ${code.length} blocks of TypeScript fit the published schema\n`);
