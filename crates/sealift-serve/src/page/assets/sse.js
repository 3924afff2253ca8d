// What the server tells, as it happens: one stream of events, which begins with the whole state. A stream that
// breaks is opened again, by the browser or, where that gives up, here.

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
    setInterval(() => this.look(), 1_000);
    this.open();
  }

  open() {
    this.source?.close();
    const source = new EventSource("/api/events");
    this.source = source;
    this.opened = Date.now();
    source.addEventListener("open", () => this.hear());
    source.addEventListener("error", () => {
      if (this.source !== source) return;
      this.link("lost");
      // The browser goes on trying after a broken connection, and gives up after an answer it did not want.
      if (source.readyState === EventSource.CLOSED) this.later();
    });
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => {
        this.hear();
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
      this.ask();
      this.open();
    }, PAUSE);
  }

  look() {
    const silent = Date.now() - this.heard;
    if (silent > SILENCE) this.link("lost");
    if (silent > DEAF && Date.now() - this.opened > DEAF) this.open();
  }

  /** A stream does not tell why it was refused; any other address does. */
  async ask() {
    try {
      const { status } = await fetch("/", { method: "HEAD" });
      if (status === 401 || status === 403) this.link("refused");
    } catch {
      // Nobody answers, which the stream notices too.
    }
  }
}
