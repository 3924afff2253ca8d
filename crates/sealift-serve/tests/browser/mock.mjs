// A server of the page's own files that tells whatever a test wants it to tell, with the headers of the real
// one: for states that a real server does not come to on demand.

import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const ASSETS = fileURLToPath(new URL("../../src/page/assets/", import.meta.url));

const KINDS = { html: "text/html", css: "text/css", js: "text/javascript", svg: "image/svg+xml" };

/** As in sealift-serve; the real server's answers are looked at by the tests with a real server. */
const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

function message(kind, facts) {
  return `event: ${kind}\ndata: ${JSON.stringify(facts)}\n\n`;
}

/** Starts a server; `state` is what it tells whoever begins to listen. */
export async function mock(state) {
  const server = new Mock(state);
  await server.start(0);
  return server;
}

class Mock {
  constructor(state) {
    this.state = state;
    this.streams = new Set();
    this.refuses = false;
  }

  async start(port) {
    this.server = createServer((request, response) => this.answer(request, response));
    await new Promise((resolve) => this.server.listen(port, "127.0.0.1", resolve));
    this.port = this.server.address().port;
    this.url = `http://127.0.0.1:${this.port}/`;
  }

  /** Goes away, as when the process ends. */
  async stop() {
    for (const stream of this.streams) stream.destroy();
    this.streams.clear();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Comes back at the same address. */
  again() {
    return this.start(this.port);
  }

  /** Tells everybody who listens. */
  tell(kind, facts) {
    this.state[kind] = facts;
    for (const stream of this.streams) stream.write(message(kind, facts));
  }

  answer(request, response) {
    const { pathname } = new URL(request.url, this.url);
    if (this.refuses) return this.send(response, 401, "application/json", "{}");
    if (pathname === "/api/events") {
      response.writeHead(200, { ...HEADERS, "content-type": "text/event-stream", "cache-control": "no-store" });
      for (const [kind, facts] of Object.entries(this.state)) response.write(message(kind, facts));
      this.streams.add(response);
      request.on("close", () => this.streams.delete(response));
      return undefined;
    }
    const name = pathname === "/" ? "index.html" : basename(pathname);
    if (pathname !== "/" && pathname !== `/page/${name}`) return this.send(response, 404, "text/plain", "");
    return this.send(response, 200, KINDS[name.split(".").at(-1)], readFileSync(join(ASSETS, name), "utf8"));
  }

  send(response, status, kind, text) {
    response.writeHead(status, { ...HEADERS, "content-type": `${kind}; charset=utf-8` });
    response.end(text);
  }
}
