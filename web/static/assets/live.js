import { BASE } from "./base.js";

/**
 * Keeps one WebSocket open, and tells `heard` every event, also those of the time
 * between two connections, `lost` when there were too many for that, and `changed`
 * whether we are connected.
 */
export class Live {
  constructor({ heard, lost, changed, refused }) {
    this.heard = heard;
    this.lost = lost;
    this.changed = changed;
    this.refused = refused;
    this.cursor = "";
    this.rooms = new Set();
    this.failures = 0;
    this.wait = 500;
  }

  open() {
    this.wanted = true;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const cursor = this.cursor;
    const back = cursor ? `?${new URLSearchParams({ rooms: [...this.rooms].join(), after: cursor })}` : "";
    const socket = new WebSocket(`${scheme}://${location.host}${BASE}/v1/ws${back}`);
    this.socket = socket;
    socket.onopen = () => {
      this.wait = 500;
      this.failures = 0;
      if (!cursor) for (const room of this.rooms) this.send({ join: room });
      this.changed(true);
    };
    socket.onmessage = (message) => {
      const frame = JSON.parse(message.data);
      this.cursor = frame.cursor ?? frame.welcome?.cursor ?? this.cursor;
      if (frame.welcome && (this.missed || frame.welcome.lost.length)) this.lost();
      if (frame.welcome) this.missed = false;
      if (frame.event) this.heard(frame.event);
    };
    socket.onclose = (closing) => {
      if (!this.wanted || this.socket !== socket) return;
      if (closing.code === 4401) {
        this.close();
        this.refused();
        return;
      }
      this.failures += 1;
      // A room may have been closed to us: then each of them is asked for by itself.
      if (this.failures > 3) this.cursor = "";
      this.missed = !this.cursor;
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
    this.cursor = "";
    this.socket?.close();
  }
}
