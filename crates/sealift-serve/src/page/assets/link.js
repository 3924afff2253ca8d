// Whether the page is up to date, in words: a badge in the head, and a banner while it is not.

import { byId, make, say, show } from "./dom.js";
import { elapsed } from "./format.js";

/** For so long a lost connection is only lost; afterwards it is said for how long. */
const SHORT = 10_000;

const BADGE = { live: "live", lost: "no connection", refused: "no access" };

/** Returns what to call with `live`, `lost` or `refused`; `ended()` tells whether nothing more is to come. */
export function linkView(ended) {
  const view = new Link(ended);
  return (state) => view.tell(state);
}

class Link {
  constructor(ended) {
    this.ended = ended;
    this.state = "connecting";
    this.since = 0;
    this.shown = "";
    setInterval(() => this.banner(), 1_000);
  }

  tell(state) {
    // An answer that was refused ends the stream as well; why it ended is what helps.
    if (state === this.state || (state === "lost" && this.state === "refused")) return;
    this.state = state;
    this.since = Date.now();
    const badge = byId("link");
    badge.className = `link ${state}`;
    say(badge, BADGE[state]);
    this.banner();
  }

  banner() {
    const [what, then] = this.words();
    if (what === this.shown) return;
    this.shown = what;
    const place = byId("banner");
    show(place, what !== "");
    place.className = `banner ${this.state}`;
    place.replaceChildren(make("strong", {}, what), " ", make("span", {}, then));
  }

  words() {
    if (this.state === "refused") {
      return ["This page needs its token.", "Open its address once with ?token= and the token at its end."];
    }
    if (this.state !== "lost") return ["", ""];
    if (this.ended()) return ["Sealift has ended.", "What you see is how the migration ended."];
    const lost = Date.now() - this.since;
    const long = lost < SHORT ? "" : ` for ${elapsed(Math.floor(lost / SHORT) * (SHORT / 1_000))}`;
    return [`The connection is lost${long}.`, "What you see is how it was; the page tries again by itself."];
  }
}
