// SPDX-License-Identifier: Apache-2.0
import { build } from "esbuild";
import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { chromium, type BrowserContext, type Page } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Starts Chromium with a profile of its own, which nobody has used. */
export function openChromium(directory: string, options: { certificates?: "any" } = {}): Promise<BrowserContext> {
  const executablePath = process.env["CHROMIUM"] ?? PLACES.find(existsSync);
  if (!executablePath) throw new Error("needs Chromium; .ci/run installs it");
  return chromium.launchPersistentContext(join(directory, `profile-${Math.random().toString(36).slice(2)}`), {
    executablePath,
    headless: true,
    ignoreHTTPSErrors: options.certificates === "any",
    viewport: { width: 1280, height: 900 },
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-dev-shm-usage",
    ],
  });
}

/** Serves one bundled script on a page that has nothing else, and texts at other paths; the page's URL. */
export async function serveScript(entry: string, texts: Record<string, () => string> = {}): Promise<{ url: string; server: Server }> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    target: "es2022",
    write: false,
    logLevel: "silent",
  });
  const script = outputFiles[0]?.text ?? "";
  const server = createServer((request, response) => {
    const isScript = request.url === "/script.js";
    const text = texts[request.url ?? ""];
    response.setHeader("Content-Type", isScript ? "text/javascript" : text ? "text/plain" : "text/html");
    response.end(
      text?.() ??
        (isScript ? script : '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/script.js"></script>'),
    );
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}/`, server };
}

/** Everything on a page that a visitor would call an error. */
export function errorsOf(page: Page): string[] {
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  return errors;
}
