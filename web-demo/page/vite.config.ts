// SPDX-License-Identifier: Apache-2.0
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Leaves each file compressed beside itself, and a list of all: the gateway reads its class path by names. */
function forTheGateway(): Plugin {
  return {
    name: "for-the-gateway",
    apply: "build",
    closeBundle() {
      const dist = here("dist");
      const files = (readdirSync(dist, { recursive: true }) as string[])
        .map((name) => join(dist, name))
        .filter((path) => statSync(path).isFile());
      for (const path of files) writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
      writeFileSync(join(dist, "files.txt"), files.map((path) => `${relative(dist, path)}\n`).sort().join(""));
    },
  };
}

export default defineConfig({
  root: here("."),
  plugins: [forTheGateway()],
  resolve: { alias: { "@holdfast/client": here("../client/src/index.ts") } },
  esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
  build: { target: "es2022", modulePreload: { polyfill: false }, assetsInlineLimit: 0, reportCompressedSize: false },
  server: { proxy: { "/demo": "http://127.0.0.1:8080", "/mqtt": { target: "ws://127.0.0.1:8080", ws: true } } },
});
