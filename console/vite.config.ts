import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const at = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const server = process.env.TXAPI_ADDRESS ?? "http://127.0.0.1:8000";

const BASE = "/console/";

/** With what the question of the first page is asked, and what GraphiQL needs of the console: it brings along nothing else. */
const EARLY =
  /\/src\/(?:client\/(?:address|demo|early|moment|token)|generated\/hashes|pages\/board\/asked|words\/preferred)\.ts$|preload-helper/;
/** What all pages share. A file for each part would be a request for each, to a server that is at work on the page's question. */
const SHARED = /\/src\/(?:main\.tsx$|pages\/(?:index|loading|import\/kinds)\.ts$|(?:client|parts|shell|words)\/)/;

function chunkOf(id: string): string | undefined {
  if (EARLY.test(id)) return "early";
  return SHARED.test(id) ? "main" : undefined;
}

/** What a file is called that others have in common; else it is called by what it begins with. */
function nameOf(ids: readonly string[]): string {
  if (ids.some((id) => id.includes("/react-dom/"))) return "libraries";
  return ids.every((id) => id.includes("/src/generated/documents/")) ? "documents" : "[name]";
}

/** Has the browser fetch at once what all pages need, together with what begins the console, which only then imports it. */
function fetchedAtOnce(): Plugin {
  return {
    name: "fetched-at-once",
    transformIndexHtml: {
      order: "post",
      handler(_, { bundle, path }) {
        const main = Object.values(bundle ?? {}).find((each) => each.type === "chunk" && each.name === "main");
        if (path !== "/index.html" || main?.type !== "chunk") return [];
        const link = (attrs: Record<string, string>, file: string) => ({
          tag: "link",
          attrs: { ...attrs, crossorigin: true, href: BASE + file },
          injectTo: "head" as const,
        });
        const scripts = [main.fileName, ...main.imports].filter((file) => !file.includes("/early-"));
        return [
          ...scripts.map((file) => link({ rel: "modulepreload" }, file)),
          ...[...(main.viteMetadata?.importedCss ?? [])].map((file) => link({ rel: "preload", as: "style" }, file)),
        ];
      },
    },
  };
}

/** Ends the build where files import each other in a circle: whichever is run first finds the other one empty, on some page. */
function noCircles(): Plugin {
  return {
    name: "no-circles",
    generateBundle(_, bundle) {
      const seen = new Set<string>();
      const visit = (file: string, path: readonly string[]) => {
        if (path.includes(file)) this.error(`files import each other: ${[...path, file].join(" -> ")}`);
        const chunk = bundle[file];
        if (seen.has(file) || chunk?.type !== "chunk") return;
        for (const each of chunk.imports) visit(each, [...path, file]);
        seen.add(file);
      };
      for (const file of Object.keys(bundle)) visit(file, []);
    },
  };
}

export default defineConfig({
  base: BASE,
  plugins: [react(), fetchedAtOnce(), noCircles()],
  build: {
    outDir: process.env.TXAPI_CONSOLE_OUT ?? "dist",
    emptyOutDir: true,
    // Everything is a file of its own: the content security policy allows no data: scripts, and files are cached for ever.
    assetsInlineLimit: 0,
    target: "es2022",
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
    // Whoever copies this set-up has no page of GraphiQL's.
    rollupOptions: {
      input: ["index.html", "graphiql.html"].map(at).filter(existsSync),
      // Types, and documents that do nothing: a page has those that it names.
      treeshake: { moduleSideEffects: (id) => !id.includes("/src/generated/") },
      output: {
        manualChunks: chunkOf,
        chunkFileNames: ({ moduleIds }) => `assets/${nameOf(moduleIds)}-[hash].js`,
        onlyExplicitManualChunks: true,
      },
    },
  },
  // The published operations lie outside this folder.
  server: {
    fs: { allow: [at(".."), at(".")] },
    proxy: {
      "/graphql": { target: server, ws: true },
      "/demo": { target: server, changeOrigin: true },
      "/forms": server,
      "/log": server,
      "/import": server,
      "/export": server,
      "/files": server,
    },
  },
});
