// SPDX-License-Identifier: Apache-2.0
// Real gateways and a real Redis for the tests, on free ports of 127.0.0.1.
import { spawn, type ChildProcess } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ISSUER = "https://issuer.test";
const SECRET = randomBytes(48).toString("hex");

/** The program: what the build has packed, or another jar. */
export const JAR = process.env["GATEWAY_JAR"] ?? fileURLToPath(new URL("../../gateway/target/holdfast.jar", import.meta.url));

export interface GatewayOptions {
  /** A Redis of startRedis. */
  readonly redis?: string;
  /** Whether only tokens of {@link token} are let in. */
  readonly tokens?: boolean;
  /** Ports of a gateway that was there before. */
  readonly ports?: { readonly tcp: number; readonly ws: number };
  readonly settings?: readonly string[];
  readonly dev?: boolean;
  /** A configuration file. */
  readonly config?: string;
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
    const { redis, tokens, ports, settings = [], dev = true, config } = options;
    const flags = [...(dev ? ["--dev"] : []), ...(redis ? ["--redis", redis] : []), ...(config ? ["--config", config] : [])];
    if (tokens) {
      const secret = this.write("secret", SECRET);
      const file = this.write(
        "tokens.yaml",
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
    if (!existsSync(JAR)) throw new Error(`${JAR} is not there; build it: mvn -DskipTests package`);
    const child = this.#spawn("java", [
      "-Xmx256m",
      "-XX:+UseSerialGC",
      "-XX:TieredStopAtLevel=1",
      "-jar",
      JAR,
      "serve",
      ...flags,
      ...["--admin-port", "0", "--tcp-port", String(ports?.tcp ?? 0), "--ws-port", String(ports?.ws ?? 0)],
      ...settings.flatMap((setting) => ["--set", setting]),
    ]);
    return new Gateway(await line(child, /^ready /), child);
  }

  /** What `deploy/local/three-gateways` starts; the address of the page that it prints, and the URLs of the gateways. */
  async threeGateways(): Promise<{ page: string; urls: string[]; end(): Promise<void> }> {
    const script = fileURLToPath(new URL("../../deploy/local/three-gateways", import.meta.url));
    const base = await freePorts(11);
    const ports = { "--redis-port": base, "--tcp-port": base + 1, "--ws-port": base + 4, "--admin-port": base + 7, "--control-port": base + 10 };
    const child = this.#spawn(script, ["--jar", JAR, ...Object.entries(ports).flat().map(String)]);
    const page = (await line(child, /^page /)).slice("page ".length);
    const end = (): Promise<void> =>
      new Promise((done) => {
        child.once("exit", () => done());
        child.kill("SIGTERM");
      });
    return { page, urls: [0, 1, 2].map((at) => `ws://127.0.0.1:${base + 4 + at}/mqtt`), end };
  }

  /** Runs a script of the directory with Node; done when it has said that it is ready. */
  async node(script: string, env: Record<string, string>, ready: RegExp): Promise<void> {
    await line(this.#spawn(process.execPath, [script], env), ready);
  }

  /** A file that goes with the rest; where it is. */
  write(name: string, content: string): string {
    const file = join(this.#directory, name);
    writeFileSync(file, content);
    return file;
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
            child.kill(child.spawnfile.endsWith("three-gateways") ? "SIGTERM" : "SIGKILL"); // that one has children of its own
          }),
      ),
    );
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #spawn(command: string, args: string[], env: Record<string, string> = {}): ChildProcess {
    const child = spawn(command, args, {
      cwd: this.#directory,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
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

/** The first of so many ports in a row that nobody listens at. */
async function freePorts(count: number): Promise<number> {
  for (;;) {
    const base = 20_000 + Math.floor(Math.random() * 12_000);
    const free = await Promise.all(Array.from({ length: count }, (_, at) => isFree(base + at)));
    if (free.every(Boolean)) return base;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer()
      .once("error", () => done(false))
      .listen(port, "127.0.0.1", () => server.close(() => done(true)));
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
