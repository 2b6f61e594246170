// SPDX-License-Identifier: Apache-2.0
// What the stories of the client's tests ask of Node.
import { createServer } from "node:http";
import { WebSocketServer, createWebSocketStream } from "ws";
import mqttPacket from "mqtt-packet";
import type { GatewayAt, World } from "../client/test/scenarios.js";
import { token, type Gateway, type Machines } from "./gateways.js";

const CONNACK = { cmd: "connack", sessionPresent: false, reasonCode: 0 };

type Wanted = Parameters<World["gateway"]>[0];

/** A world whose gateways are started on these machines. Stories share gateways that want the same. */
export function worldOf(machines: Machines): World & { gateways: Gateway[]; close(): void } {
  const gateways: Gateway[] = [];
  const servers: { close(): void }[] = [];
  let redis: Promise<string> | undefined;
  const shared = new Map<string, Promise<GatewayAt>>();
  let ids = 0;
  const connects = new Map<string, number>();

  const serve = (port: (server: WebSocketServer) => void): Promise<string> =>
    new Promise((done) => {
      const http = createServer();
      const sockets = new WebSocketServer({ server: http, handleProtocols: () => "mqtt" });
      port(sockets);
      servers.push({ close: () => (sockets.clients.forEach((each) => each.terminate()), http.close()) });
      http.listen(0, "127.0.0.1", () => done(`ws://127.0.0.1:${(http.address() as { port: number }).port}/mqtt`));
    });

  /** Counts each CONNECT, answers it with these packets, then ends the connection. */
  const answering = (packets: () => object[]) => (sockets: WebSocketServer) =>
    sockets.on("connection", (socket) => {
      const stream = createWebSocketStream(socket);
      stream.on("error", () => {});
      const parser = mqttPacket.parser({ protocolVersion: 5 });
      stream.on("data", (bytes: Buffer) => parser.parse(bytes));
      parser.on("packet", (packet) => {
        if (packet.cmd !== "connect") return;
        connects.set(packet.clientId, (connects.get(packet.clientId) ?? 0) + 1);
        const bytes = packets().map((each) => mqttPacket.generate(each as never, { protocolVersion: 5 }));
        stream.write(Buffer.concat(bytes), () => stream.end());
      });
    });

  const start = async ({ redis: isShared, tokens, settings, insteadOf }: Wanted): Promise<GatewayAt> => {
    const gateway = await machines.gateway({
      ...(isShared && { redis: await (redis ??= machines.redis()) }),
      ...(tokens && { tokens }),
      ...(settings && { settings }),
      ...(insteadOf !== undefined && { ports: (gateways[insteadOf] as Gateway).ports }),
    });
    gateways.push(gateway);
    return { id: gateways.length - 1, url: gateway.url };
  };

  return {
    gateways,
    gateway(wanted): Promise<GatewayAt> {
      if (wanted.mortal || wanted.insteadOf !== undefined) return start(wanted);
      const key = JSON.stringify(wanted);
      let gateway = shared.get(key);
      if (!gateway) shared.set(key, (gateway = start(wanted)));
      return gateway;
    },
    kill: (id, signal) => (gateways[id] as Gateway).kill(signal as NodeJS.Signals | undefined),
    token: async (lifetimeSeconds) => token(lifetimeSeconds),
    referring: (to) => serve(answering(() => [{ ...CONNACK, reasonCode: 0x9c, properties: { serverReference: to } }])),
    silent: () => serve(() => {}),
    pingPong: async () => {
      const sendingOn = (to: () => string): Promise<string> =>
        serve(
          answering(() => [
            CONNACK,
            { cmd: "disconnect", reasonCode: 0x9d, properties: { serverReference: new URL(to()).host } },
          ]),
        );
      let other = "";
      const one = await sendingOn(() => other);
      other = await sendingOn(() => one);
      return one;
    },
    fickle: () => serve(answering(() => [CONNACK])),
    connectsOf: async (clientId) => connects.get(clientId) ?? 0,
    unique: async () => `t${process.pid}x${ids++}`,
    close: () => servers.forEach((server) => server.close()),
  };
}
