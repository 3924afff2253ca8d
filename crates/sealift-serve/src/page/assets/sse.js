// What the server tells, as it happens: one stream of events, and the whole state whenever the stream
// begins. A stream that breaks is opened again, by the browser or, where that gives up, here.

/** `health` comes every two seconds: after five of them nobody is there. */
const SILENCE = 10_000;

/** A stream that is open and silent for so long is opened anew: a network may have forgotten it. */
const DEAF = 20_000;

/** Between two attempts of ours. */
const PAUSE = 2_000;

const KINDS = ["migration", "server", "health"];

/** Hears the server and calls `receive(kind, facts)`; `link(state)` tells `live`, `lost` or `refused`. */
export class Feed {
  constructor({ receive, link }) {
    this.receive = receive;
    this.link = link;
    this.heard = Date.now();
    this.newest = { migration: 0, server: 0, health: 0 };
    setInterval(() => this.look(), 1_000);
    this.open();
  }

  open() {
    this.source?.close();
    const source = new EventSource("/api/events");
    this.source = source;
    this.opened = Date.now();
    source.addEventListener("open", () => {
      this.hear();
      this.read();
    });
    source.addEventListener("error", () => {
      if (this.source !== source) return;
      this.link("lost");
      // The browser goes on trying after a broken connection, and gives up after an answer it did not want.
      if (source.readyState === EventSource.CLOSED) this.later();
    });
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => {
        this.hear();
        this.newest[kind] = performance.now();
        this.receive(kind, JSON.parse(event.data));
      });
    }
  }

  hear() {
    this.heard = Date.now();
    this.link("live");
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.read();
      this.open();
    }, PAUSE);
  }

  look() {
    const silent = Date.now() - this.heard;
    if (silent > SILENCE) this.link("lost");
    if (silent > DEAF && Date.now() - this.opened > DEAF) this.open();
  }

  /** Reads the whole state; what the stream has told meanwhile is newer. */
  async read() {
    const asked = performance.now();
    let state;
    try {
      const answer = await fetch("/api/state", { headers: { accept: "application/json" } });
      if (answer.status === 401 || answer.status === 403) this.link("refused");
      if (!answer.ok) return;
      state = await answer.json();
    } catch {
      // Nobody answers, which the stream notices too.
      return;
    }
    for (const kind of KINDS) {
      if (this.newest[kind] < asked) this.receive(kind, state[kind] ?? null);
    }
  }
}
