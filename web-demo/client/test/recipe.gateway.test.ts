// SPDX-License-Identifier: Apache-2.0
// What gateway/docs/clients.md shows for a page in a browser, run as it stands there.
import { randomBytes } from "node:crypto";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openChromium } from "../../testing/chromium.js";
import { freePort, Machines, type Gateway } from "../../testing/gateways.js";
import { recipeOf } from "../../testing/recipe.js";

const PAGE = fileURLToPath(new URL("../../../gateway/docs/clients.md", import.meta.url));
const MODULES = fileURLToPath(new URL("../../node_modules", import.meta.url));
const LIFE_SECONDS = 6;

const machines = new Machines();
let gateway: Gateway;
let site: string;
let browser: BrowserContext;

beforeAll(async () => {
  const files = recipeOf(PAGE);
  expect([...files.keys()].sort()).toEqual(["gateway.yaml", "login.mjs", "page.html", "page.js"]);
  for (const [name, text] of files) machines.write(name, text);
  machines.write("secret", randomBytes(48).toString("hex"));
  symlinkSync(MODULES, join(machines.directory, "node_modules"));
  const port = await freePort();
  site = `http://127.0.0.1:${port}`;
  gateway = await machines.gateway({
    dev: false,
    config: join(machines.directory, "gateway.yaml"),
    settings: [`websocket.allowed-origins=${site}`, "auth.jwt.skew=0s"],
  });
  await machines.node("login.mjs", { PORT: `${port}`, GATEWAY: gateway.url, LIFE_SECONDS: `${LIFE_SECONDS}` }, /^login server at/);
  browser = await openChromium(machines.directory);
});

afterAll(async () => {
  await browser?.close();
  await machines.close();
});

async function open(): Promise<Page> {
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(site);
  return page;
}

const shows = (page: Page, selector: string, text: string): Promise<unknown> =>
  page.waitForFunction(([where, what]) => document.querySelector(where)?.textContent?.includes(what), [selector, text] as const);

async function say(page: Page, text: string): Promise<void> {
  await page.fill("#say input", text);
  await page.click("#say button");
}

describe("the recipe of the page about clients", () => {
  test("logs in, renews its token on one connection, shares it between tabs, and the next tab takes it over", async () => {
    const first = await open();
    await first.fill("input[name=user]", "ann");
    await first.fill("input[name=password]", "wrong");
    await first.click("#login button");
    await shows(first, "#state", "wrong name or password");
    await first.fill("input[name=password]", "only for this example");
    await first.click("#login button");
    await shows(first, "#state", "online, with the connection");

    const second = await open();
    await shows(second, "#state", "online, through another tab");
    await say(second, "from the second");
    await shows(first, "#messages", "chat/ann: from the second");
    await shows(second, "#messages", "chat/ann: from the second");

    // Three renewals at 60 % of a token's life: longer than the token with which it came is good.
    for (let renewals = 0; renewals < 3; renewals++) await first.waitForResponse((answer) => answer.url().endsWith("/token"));
    await say(first, "after three renewals");
    await shows(second, "#messages", "after three renewals");
    expect(await gateway.metric("mqtt_gateway_connects_total")).toBe(1);

    await first.close();
    await shows(second, "#state", "online, with the connection");
    await say(second, "after the first has gone");
    await shows(second, "#messages", "after the first has gone");
  });
});
