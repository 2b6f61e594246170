// SPDX-License-Identifier: Apache-2.0
// Real gateways and a real Redis for the tests, on free ports of 127.0.0.1.
import { spawn, type ChildProcess } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ISSUER = "https://issuer.test";
const SECRET = randomBytes(48).toString("hex");

/** How a gateway is started: by GATEWAY_CLASSPATH, else from the jar that the build has packed. */
function program(): string[] {
  const classPath = process.env["GATEWAY_CLASSPATH"];
  if (classPath) return ["-cp", classPath, "dev.holdfast.gateway.app.Main"];
  const jar = fileURLToPath(new URL("../../gateway/target/holdfast.jar", import.meta.url));
  if (!existsSync(jar)) throw new Error(`${jar} is not there; build it: mvn -DskipTests package`);
  return ["-jar", jar];
}

export interface GatewayOptions {
  /** A Redis of startRedis. */
  readonly redis?: string;
  /** Whether only tokens of {@link token} are let in. */
  readonly tokens?: boolean;
  /** Ports of a gateway that was there before. */
  readonly ports?: { readonly tcp: number; readonly ws: number };
  readonly settings?: readonly string[];
  readonly dev?: boolean;
}

/** A process that runs until it is ended. */
export class Gateway {
  readonly url: string;
  readonly page: string;
  readonly admin: string;
  readonly ports: { readonly tcp: number; readonly ws: number };

  constructor(
    ready: string,
    readonly process: ChildProcess,
  ) {
    const [, tcp, scheme, ws, path, admin] =
      /mqtts?:\/\/[^ ]*:(\d+) (wss?):\/\/[^ ]*:(\d+)(\S*) admin (\S+)/.exec(ready) ?? [];
    this.ports = { tcp: Number(tcp), ws: Number(ws) };
    this.url = `${scheme}://127.0.0.1:${ws}${path}`;
    this.page = `${scheme === "wss" ? "https" : "http"}://127.0.0.1:${ws}/`;
    this.admin = String(admin);
  }

  /** As by kill -9, or another signal. Done when the process is gone; a stop does not wait. */
  kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const { process } = this;
    if (process.exitCode !== null || process.signalCode !== null) return Promise.resolve();
    if (signal === "SIGSTOP" || signal === "SIGCONT") {
      process.kill(signal);
      return Promise.resolve();
    }
    return new Promise((done) => {
      process.once("exit", () => done());
      process.kill(signal);
    });
  }

  /** The value of a metric, all its series added. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.admin}/metrics`)).text();
    return text
      .split("\n")
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
  }
}

/** Everything that one test file has started, to be ended with it. */
export class Machines {
  readonly #children: ChildProcess[] = [];
  readonly #directory = mkdtempSync(join(tmpdir(), "holdfast-web-demo-"));

  async gateway(options: GatewayOptions = {}): Promise<Gateway> {
    const { redis, tokens, ports, settings = [], dev = true } = options;
    const flags = [...(dev ? ["--dev"] : []), ...(redis ? ["--redis", redis] : [])];
    if (tokens) {
      const secret = join(this.#directory, "secret");
      writeFileSync(secret, SECRET);
      const file = join(this.#directory, "tokens.yaml");
      writeFileSync(
        file,
        `auth:
  anonymous: false
  jwt:
    skew: 0s
    issuers:
      - issuer: ${ISSUER}
        algorithms: [HS256]
        audience: [mqtt]
        keys: { secret-file: ${secret} }
`,
      );
      flags.push("--config", file);
    }
    const child = this.#spawn("java", [
      "-Xmx256m",
      "-XX:+UseSerialGC",
      "-XX:TieredStopAtLevel=1",
      ...program(),
      "serve",
      ...flags,
      ...["--admin-port", "0", "--tcp-port", String(ports?.tcp ?? 0), "--ws-port", String(ports?.ws ?? 0)],
      ...settings.flatMap((setting) => ["--set", setting]),
    ]);
    return new Gateway(await line(child, /^ready /), child);
  }

  /** A Redis of its own; its URL. */
  async redis(): Promise<string> {
    const port = await freePort();
    const child = this.#spawn("redis-server", ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--maxmemory-policy", "noeviction"]);
    await line(child, /Ready to accept connections/);
    return `redis://127.0.0.1:${port}`;
  }

  /** A directory that goes with the rest. */
  get directory(): string {
    return this.#directory;
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#children.map(
        (child) =>
          new Promise<void>((done) => {
            if (child.exitCode !== null || child.signalCode !== null) return done();
            child.once("exit", () => done());
            child.kill("SIGKILL");
          }),
      ),
    );
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #spawn(command: string, args: string[]): ChildProcess {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.#children.push(child);
    return child;
  }
}

/** A token that the gateways with `tokens` take; negative for one that has ended. */
export function token(lifetimeSeconds: number, subject = "ann"): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const body = `${part({ alg: "HS256", typ: "JWT" })}.${part({
    iss: ISSUER,
    sub: subject,
    aud: "mqtt",
    iat: Math.min(now, now + lifetimeSeconds - 1),
    exp: now + lifetimeSeconds,
    acl: { pub: ["#"], sub: ["#"] },
  })}`;
  return `${body}.${createHmac("sha256", SECRET).update(body).digest("base64url")}`;
}

/** A port that nobody listens at. */
export function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}

/** Whether somebody listens at a port. */
export function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connectTcp(port, "127.0.0.1", () => {
      socket.destroy();
      done(true);
    });
    socket.once("error", () => done(false));
  });
}

/** The first line of its output that matches. */
function line(child: ChildProcess, wanted: RegExp): Promise<string> {
  return new Promise((done, failed) => {
    let seen = "";
    child.stderr?.on("data", (text) => (seen += text));
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (text) => {
      seen += `${text}\n`;
      if (wanted.test(text)) done(text);
    });
    child.once("exit", () => failed(new Error(`ended before it was ready: ${seen}`)));
    child.once("error", failed);
  });
}
