// SPDX-License-Identifier: Apache-2.0

const SLOW_MS = 900;

/** The phone's radio: makes its sockets, and can be switched off or made slow. What a real network does, at the press of a button. */
export class Radio {
  #isOff = false;
  #isSlow = false;
  readonly #sockets = new Set<RadioSocket>();

  /** For the option `webSocket` of a client. */
  readonly open = (url: string, protocols: string[]): WebSocket => {
    const socket = new RadioSocket(this.#isOff ? undefined : new WebSocket(url, protocols), () => this.#isSlow);
    this.#sockets.add(socket);
    socket.addEventListener("close", () => this.#sockets.delete(socket));
    return socket as unknown as WebSocket;
  };

  /** Off, sockets end without a word of MQTT, and no new one opens. */
  switchOff(isOff: boolean): void {
    this.#isOff = isOff;
    if (isOff) for (const socket of this.#sockets) socket.close();
    else window.dispatchEvent(new Event("online")); // as a browser says it
  }

  /** Slow, everything takes the better part of a second longer, in order. */
  slowDown(isSlow: boolean): void {
    this.#isSlow = isSlow;
  }
}

/** A WebSocket as far as MQTT.js looks at one, with delay. */
class RadioSocket extends EventTarget {
  readonly OPEN = 1;
  readonly #socket: WebSocket | undefined;
  readonly #isSlow: () => boolean;
  readonly #out = new Line();
  readonly #in = new Line();

  constructor(socket: WebSocket | undefined, isSlow: () => boolean) {
    super();
    this.#socket = socket;
    this.#isSlow = isSlow;
    if (!socket) {
      setTimeout(() => this.dispatchEvent(new CloseEvent("close", { code: 1006 })));
      return;
    }
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.dispatchEvent(new Event("open"));
    socket.onerror = () => this.dispatchEvent(new Event("error"));
    socket.onclose = ({ code, reason }) => this.dispatchEvent(new CloseEvent("close", { code, reason }));
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      this.#in.pass(isSlow(), () => this.dispatchEvent(new MessageEvent("message", { data })));
    };
  }

  get readyState(): number {
    return this.#socket?.readyState ?? WebSocket.CLOSED;
  }

  get bufferedAmount(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  set binaryType(_: string) {
    // It is what MQTT.js asks for.
  }

  send(data: ArrayBufferView<ArrayBuffer>): void {
    this.#out.pass(this.#isSlow(), () => this.readyState === WebSocket.OPEN && this.#socket?.send(data));
  }

  close(): void {
    this.#socket?.close();
  }
}

/** One direction of a connection. Nothing overtakes what is on its way, also when the network has become fast again. */
class Line {
  #onTheWay = 0;
  #last = Promise.resolve();

  pass(isSlow: boolean, arrive: () => unknown): void {
    if (!isSlow && this.#onTheWay === 0) return void arrive();
    this.#onTheWay++;
    const delay = new Promise((passed) => setTimeout(passed, isSlow ? SLOW_MS : 0));
    this.#last = Promise.all([this.#last, delay]).then(() => {
      this.#onTheWay--;
      arrive();
    });
  }
}
