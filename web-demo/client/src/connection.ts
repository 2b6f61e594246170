// SPDX-License-Identifier: Apache-2.0
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import type { Acknowledging, Inbox, Incoming } from "./inbox.js";
import type { ReceivedPackets, SentPackets } from "./packets.js";

/** A CONNACK, as far as it matters here. */
export interface Connack {
  readonly sessionPresent: boolean;
  readonly properties?: {
    readonly receiveMaximum?: number;
    readonly serverReference?: string;
    readonly reasonString?: string;
    readonly userProperties?: Record<string, string | string[]>;
  };
  readonly reasonCode?: number;
  readonly returnCode?: number;
}

/** A message that has come. */
export interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  /** Whether the server says that it may have been sent before. */
  readonly dup: boolean;
}

/** How a connection has ended. */
export interface Ending {
  /** The CONNACK refused it; the server said goodbye; or the socket just went. */
  readonly kind: "refused" | "disconnected" | "lost";
  /** The code of CONNACK or DISCONNECT; 0 for none. */
  readonly code: number;
  /** The code of the WebSocket's close frame; 0 where it is not known. */
  readonly closeCode: number;
  /** What the server, or the socket, said in words. */
  readonly reason: string;
  /** Where the server says to go instead. */
  readonly reference: string | undefined;
}

/** What a connection tells, in this order: connack, online, ended, once. */
export interface ConnectionListener {
  connack(connack: Connack): void;
  /** What was in flight has been sent again and acknowledged: time for more. */
  online(connack: Connack): void;
  ended(ending: Ending): void;
}

/** An acknowledgement with a reason code that says no. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";

  constructor(
    /** The reason code of MQTT 5; 0x80 where the server did not say more. */
    readonly code: number,
    readonly reason: string,
  ) {
    super(`${reason || "refused"} (0x${code.toString(16)})`);
  }
}

/** The parts of MQTT.js that it does not call public, and that nothing public replaces. */
interface Inner {
  outgoing: Record<number, { volatile: boolean; cmd: "publish"; cb: (error?: Error) => void }>;
  _nextId(): number;
  _releaseIncomingQoS2Publish(id: number): void;
  _sendPacket(packet: object, sent?: () => void, stored?: () => void, noStore?: boolean): void;
}

const AUTH_METHOD = "JWT";
const REFRESH_TOPIC = "$auth/refresh";
const REAUTHENTICATE = 0x19;
const GOODBYE_MS = 1000;

/** One network connection: an MQTT.js client that is used once and never reconnects by itself. */
export class Connection implements Acknowledging {
  readonly #mqtt: MqttClient;
  readonly #version: number;
  readonly #sent: SentPackets;
  readonly #inbox: Inbox;
  readonly #listener: ConnectionListener;
  #connack: Connack | undefined;
  #ending: Omit<Ending, "closeCode"> | undefined;
  #closeCode = 0;
  #closeReason = "";
  #isOver = false;
  #isLeft = false;
  #packets = 0;
  /** A renewal that is under way; before MQTT 5 it is done when this packet is acknowledged. */
  #renewed: { resolve: () => void; reject: (why: Error) => void; messageId?: number } | undefined;

  constructor(
    readonly gateway: string,
    options: IClientOptions,
    stores: { sent: SentPackets; received: ReceivedPackets },
    inbox: Inbox,
    token: string | undefined,
    webSocket: ((url: string, protocols: string[]) => WebSocket) | undefined,
    listener: ConnectionListener,
  ) {
    this.#version = options.protocolVersion ?? 5;
    this.#sent = stores.sent;
    this.#sent.acks.clear();
    this.#inbox = inbox;
    this.#listener = listener;
    const isV5 = this.#version === 5;
    const authentication =
      token === undefined
        ? {}
        : isV5
          ? {
              properties: {
                ...options.properties,
                authenticationMethod: AUTH_METHOD,
                authenticationData: token as unknown as Buffer,
              },
            }
          : { username: options.username ?? "token", password: token };
    this.#mqtt = mqtt.connect(gateway, {
      timerVariant: "native",
      ...options,
      ...authentication,
      ...(webSocket && { createWebsocket: (url, protocols) => this.#watched(webSocket(url, protocols)) }),
      protocolId: this.#version === 3 ? "MQIsdp" : "MQTT",
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      outgoingStore: stores.sent,
      incomingStore: stores.received,
    });
    this.#mqtt.on("packetreceive", (packet) => this.#packet(packet));
    this.#mqtt.on("connect", (connack) => {
      if (!this.isOver) listener.online(connack as Connack);
    });
    this.#mqtt.on("error", (error) => this.#failed(error));
    this.#mqtt.on("close", () => this.#over());
    this.#mqtt.handleMessage = (packet, done) => {
      if (!this.isOver) this.#inbox.take(packet as Incoming, this);
      // Told of a failure MQTT.js reads on, and leaves the acknowledgement to us.
      done(new Error("acknowledged by the inbox"));
    };
    this.#mqtt.handleAuth = (_packet, done) => {
      this.#isRenewed();
      done();
    };
  }

  /** Sends a message. At QoS 1 and 2 the store of sent packets says when it is done with. */
  publish(topic: string, payload: Uint8Array, qos: 0 | 1 | 2, retain: boolean, expirySeconds: number | undefined): void {
    this.#mqtt.publish(topic, payload as Buffer, {
      qos,
      retain,
      ...(this.#version === 5 &&
        expirySeconds !== undefined && { properties: { messageExpiryInterval: expirySeconds } }),
    });
  }

  /** Subscribes; the granted QoS, or a {@link RefusedError}. */
  subscribe(filter: string, qos: 0 | 1 | 2, retainHandling: 0 | 1 | 2): Promise<0 | 1 | 2> {
    return new Promise((resolve, reject) => {
      const options = this.#version === 5 ? { qos, rh: retainHandling } : { qos };
      this.#mqtt.subscribe(filter, options, (error, _asked, packet) => {
        const code = Number((packet as { granted?: number[] } | undefined)?.granted?.[0] ?? 0x80);
        if (code < 0x80) resolve(code as 0 | 1 | 2);
        else reject(packet ? new RefusedError(code, "subscription refused") : (error ?? new Error("not subscribed")));
      });
    });
  }

  unsubscribe(filter: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#mqtt.unsubscribe(filter, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Shows a new token on the live connection: by AUTH, or before MQTT 5 by a PUBLISH to `$auth/refresh`. Done when it is taken. */
  renew(token: string): Promise<void> {
    const inner = this.#mqtt as unknown as Inner;
    return new Promise((resolve, reject) => {
      this.#renewed = { resolve, reject };
      if (this.#version === 5) {
        const properties = { authenticationMethod: AUTH_METHOD, authenticationData: token };
        inner._sendPacket({ cmd: "auth", reasonCode: REAUTHENTICATE, properties });
        return;
      }
      // Not through publish: that would keep the token in the store, and send it again after it has ended.
      const messageId = inner._nextId();
      this.#renewed.messageId = messageId;
      inner.outgoing[messageId] = { volatile: true, cmd: "publish", cb: () => {} }; // called at the end of the connection, too
      const packet = { cmd: "publish", topic: REFRESH_TOPIC, payload: token, qos: 1, messageId, retain: false, dup: false };
      inner._sendPacket(packet, undefined, undefined, true);
    });
  }

  #isRenewed(): void {
    this.#renewed?.resolve();
    this.#renewed = undefined;
  }

  /** Whether it has ended, or has said goodbye. */
  get isOver(): boolean {
    return this.#isOver || this.#isLeft;
  }

  acknowledge(qos: 1 | 2, messageId: number): void {
    if (this.isOver) return;
    const inner = this.#mqtt as unknown as Inner;
    if (qos === 2) inner._releaseIncomingQoS2Publish(messageId);
    inner._sendPacket({ cmd: qos === 2 ? "pubcomp" : "puback", messageId, reasonCode: 0 });
  }

  /** Whether a renewal is under way. */
  get isRenewing(): boolean {
    return this.#renewed !== undefined;
  }

  /** Asks the server for a sign of life; without one in time the connection is dropped. */
  probe(patienceMs: number): void {
    if (this.#isOver || !this.#connack) return;
    const before = this.#packets;
    this.#mqtt.sendPing();
    setTimeout(() => {
      if (!this.#isOver && this.#packets === before) this.#drop("no sign of life");
    }, patienceMs);
  }

  /** Says goodbye and closes. Done when the server has closed as well, or has not within a second. */
  close(): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    this.#isLeft = true;
    return new Promise((resolve) => {
      const giveUp = setTimeout(resolve, GOODBYE_MS);
      this.#mqtt.once("close", () => {
        clearTimeout(giveUp);
        resolve();
      });
      if (!this.#connack) return this.#drop("stopped");
      (this.#mqtt as unknown as Inner)._sendPacket({ cmd: "disconnect", reasonCode: 0 }, () => this.#mqtt.stream.end());
    });
  }

  #drop(reason: string): void {
    this.#ending ??= { kind: "lost", code: 0, reason, reference: undefined };
    this.#mqtt.stream.destroy();
  }

  #packet(packet: { cmd: string; messageId?: number | undefined }): void {
    this.#packets++;
    const { cmd } = packet;
    if (cmd === "connack") {
      const connack = packet as unknown as Connack;
      const code = connack.reasonCode ?? connack.returnCode ?? 0;
      if (code === 0) {
        this.#connack = connack;
        if (!this.isOver) this.#listener.connack(connack);
      } else {
        this.#ending = {
          kind: "refused",
          code,
          reason: connack.properties?.reasonString ?? "",
          reference: connack.properties?.serverReference,
        };
      }
    } else if (cmd === "disconnect") {
      const { reasonCode = 0, properties } = packet as { reasonCode?: number; properties?: Connack["properties"] };
      this.#ending = {
        kind: "disconnected",
        code: reasonCode,
        reason: properties?.reasonString ?? "",
        reference: properties?.serverReference,
      };
    } else if (cmd === "puback" && packet.messageId !== undefined && packet.messageId === this.#renewed?.messageId) {
      this.#isRenewed();
    } else if (cmd === "puback" || cmd === "pubrec" || cmd === "pubcomp") {
      const { reasonCode = 0, properties } = packet as { reasonCode?: number; properties?: Connack["properties"] };
      if (packet.messageId !== undefined && (cmd !== "pubrec" || reasonCode >= 0x80)) {
        this.#sent.acks.set(packet.messageId, { cmd, code: reasonCode, reason: properties?.reasonString ?? "" });
      }
    }
  }

  #watched(socket: WebSocket): WebSocket {
    socket.addEventListener("close", ({ code, reason }) => {
      this.#closeCode = code;
      this.#closeReason = String(reason) || (code === 1000 || code === 1005 || code === 1006 ? "" : `closed (${code})`);
    });
    return socket;
  }

  #failed(error: Error): void {
    this.#ending ??= { kind: "lost", code: 0, reason: error.message, reference: undefined };
    if (!this.#mqtt.connected) this.#mqtt.stream.destroy();
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const ending = this.#ending ?? { kind: "lost", code: 0, reason: "", reference: undefined };
    this.#renewed?.reject(new Error("the connection ended before the token was taken"));
    this.#mqtt.end(true);
    const reason = (ending.kind === "lost" && this.#closeReason) || ending.reason;
    this.#listener.ended({ ...ending, reason, closeCode: this.#closeCode });
  }
}
