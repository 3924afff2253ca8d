// Elements out of names, attributes and texts.
//
// Names of tables, statements and messages come from databases: they go into text nodes only, and never
// into markup, styles or addresses.

const SVG = "http://www.w3.org/2000/svg";

/** What is no letter, and would turn round or hide those beside it (Unicode Standard Annex 9, section 2). */
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Returns a text as it may be shown: what is no letter as a sign that says so. */
function plain(text) {
  return String(text).replace(CONTROLS, "\ufffd");
}

/** Returns an element; children are nodes or texts, and `null` is left out. */
export function make(name, attributes = {}, ...children) {
  return furnish(document.createElement(name), attributes, children);
}

/** Returns an element of a drawing. */
export function draw(name, attributes = {}, ...children) {
  return furnish(document.createElementNS(SVG, name), attributes, children);
}

function furnish(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) attribute(element, name, value);
  for (const child of children.flat()) {
    if (child === null || child === undefined) continue;
    element.append(child instanceof Node ? child : plain(child));
  }
  return element;
}

/** Sets an attribute where it is another now; `null` and `false` take it away. */
export function attribute(element, name, value) {
  if (value === null || value === undefined || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
    return;
  }
  const text = value === true ? "" : plain(value);
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/** Sets a text where it is another now: what stays is not laid out again. */
export function say(element, text) {
  const shown = plain(text);
  if (element.textContent !== shown) element.textContent = shown;
}

/** Shows or hides an element. */
export function show(element, visible) {
  if (element.hidden === visible) element.hidden = !visible;
}

/** Returns the element of an id, which is in the page. */
export function byId(id) {
  return document.getElementById(id);
}

/**
 * Returns a function that draws `container` anew only when its facts are others than before: what a
 * person reads, or has unfolded, stays.
 */
export function redrawn(container, render) {
  let before;
  return (facts) => {
    const now = JSON.stringify(facts);
    if (now === before) return;
    before = now;
    const folds = () => [...container.querySelectorAll("details")];
    const open = folds().map((fold) => fold.open);
    const focused = folds().findIndex((fold) => fold.contains(document.activeElement));
    container.replaceChildren(...render(facts).flat(Infinity).filter((child) => child !== null));
    folds().forEach((fold, index) => {
      fold.open = open[index] ?? false;
      if (index === focused) fold.querySelector("summary").focus({ preventScroll: true });
    });
  };
}
