import { BASE } from "./base.js";

/**
 * Keeps one WebSocket open, joins rooms again after each reconnect, and tells
 * `heard` every event and `changed` whether we are connected.
 */
export class Live {
  constructor({ heard, changed, refused }) {
    this.heard = heard;
    this.changed = changed;
    this.refused = refused;
    this.rooms = new Set();
    this.wait = 500;
  }

  open() {
    this.wanted = true;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}${BASE}/v1/ws`);
    this.socket = socket;
    socket.onopen = () => {
      this.wait = 500;
      for (const room of this.rooms) this.send({ join: room });
      this.changed(true);
    };
    socket.onmessage = (message) => {
      const frame = JSON.parse(message.data);
      if (frame.event) this.heard(frame.event);
    };
    socket.onclose = (closing) => {
      if (!this.wanted || this.socket !== socket) return;
      if (closing.code === 4401) {
        this.close();
        this.refused();
        return;
      }
      this.changed(false);
      setTimeout(() => this.wanted && this.open(), this.wait * (0.75 + Math.random() / 2));
      this.wait = Math.min(this.wait * 2, 10000);
    };
  }

  join(room) {
    this.rooms.add(room);
    this.send({ join: room });
  }

  send(frame) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  close() {
    this.wanted = false;
    this.rooms.clear();
    this.socket?.close();
  }
}
