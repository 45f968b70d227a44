import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const at = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const server = process.env.TXAPI_ADDRESS ?? "http://127.0.0.1:8000";

export default defineConfig({
  base: "/console/",
  plugins: [react()],
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
