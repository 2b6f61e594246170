// SPDX-License-Identifier: Apache-2.0
// What the root README shows for Node, run as it stands there but for the port.
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import mqtt from "mqtt";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Machines, type Gateway } from "../../testing/gateways.js";

const README = fileURLToPath(new URL("../../../README.md", import.meta.url));
const MODULES = fileURLToPath(new URL("../../node_modules", import.meta.url));

const machines = new Machines();
let gateway: Gateway;

beforeAll(async () => {
  gateway = await machines.gateway();
});

afterAll(() => machines.close());

test("the program of the README prints what is published", async () => {
  const [, program = ""] = /<!-- tested: readme.gateway.test.ts -->\n```js\n([^]*?)\n```/.exec(readFileSync(README, "utf8")) ?? [];
  expect(program).toContain("ws://127.0.0.1:8080/mqtt");
  machines.write("readme.mjs", program.replace("ws://127.0.0.1:8080/mqtt", gateway.url));
  symlinkSync(MODULES, join(machines.directory, "node_modules"));
  const publisher = await mqtt.connectAsync(gateway.url, { protocolVersion: 5 });
  await publisher.publishAsync("hello/world", "hi", { retain: true, qos: 1 }); // retained: whenever the program subscribes

  await machines.node("readme.mjs", {}, /^hello\/world hi$/);

  await publisher.endAsync();
});
