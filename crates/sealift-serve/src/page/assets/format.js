// Numbers as people read them, in the words of the command line.

const NUMBER = new Intl.NumberFormat("en");
const NAMES = ["kB", "MB", "GB", "TB", "PB"];

/** What stands where a number is not known. */
export const UNKNOWN = "–";

/** Returns `1,234,567`. */
export function count(number) {
  return typeof number === "number" ? NUMBER.format(Math.round(number)) : UNKNOWN;
}

/** Returns `1 row`, `1,234 rows`. */
export function counted(number, singular, plural = `${singular}s`) {
  return `${count(number)} ${number === 1 ? singular : plural}`;
}

/** Returns `512 B`, `1.5 kB`, `3.2 GB`. Units are powers of 1024, as `pg_size_pretty` counts them. */
export function bytes(number) {
  if (typeof number !== "number") return UNKNOWN;
  if (number < 1024) return `${Math.round(number)} B`;
  let value = number / 1024;
  let unit = 0;
  while (value >= 1024 && unit < NAMES.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = value >= 100 ? 0 : 1;
  const scale = 10 ** digits;
  return `${(Math.floor(value * scale) / scale).toFixed(digits)} ${NAMES[unit]}`;
}

/** Returns `12 ms`, `3.4 s`, `2 min 05 s`, `1 h 02 min`, `3 days`. */
export function duration(seconds) {
  if (typeof seconds !== "number") return UNKNOWN;
  if (seconds < 0.001 && seconds > 0) return "under 1 ms";
  if (seconds < 1) return `${Math.floor(seconds * 1000)} ms`;
  if (seconds < 60) return `${(Math.floor(seconds * 10) / 10).toFixed(1)} s`;
  const whole = Math.floor(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  if (whole < 2 * 86400) return `${Math.floor(whole / 3600)} h ${two(Math.floor(whole / 60) % 60)} min`;
  return `${Math.floor(whole / 86400)} days`;
}

/** Returns the time so far, in whole seconds: tenths that run only draw the eye. */
export function elapsed(seconds) {
  if (typeof seconds !== "number") return UNKNOWN;
  return seconds < 60 ? `${Math.floor(seconds)} s` : duration(seconds);
}

/** Returns a guess in the words of one: `a moment`, `40 s`, `3 min`, `2 h 10 min`. */
export function roughly(seconds) {
  if (typeof seconds !== "number") return UNKNOWN;
  if (seconds < 5) return "a moment";
  if (seconds < 55) return `${Math.ceil(seconds / 5) * 5} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${two(Math.floor((minutes % 60) / 10) * 10)} min`;
}

/** Returns a share as a number from 0 to 1; `null` where the whole is not known. */
export function share(part, whole) {
  if (typeof part !== "number" || typeof whole !== "number" || whole <= 0) return null;
  return Math.min(1, Math.max(0, part / whole));
}

/** Returns whole percents of a share, 100 only where all of it is there. */
export function percent(of) {
  return Math.floor(of * 100);
}

/** Returns `99.2%`, and never 100% where something is missing. */
export function precise(of) {
  if (typeof of !== "number") return UNKNOWN;
  if (of >= 1) return "100%";
  return `${(Math.floor(of * 1000) / 10).toFixed(1)}%`;
}

/** Returns how long ago a moment was, both since 1970 in seconds. */
export function ago(moment, now = Date.now() / 1000) {
  if (typeof moment !== "number") return "never";
  const seconds = Math.max(0, now - moment);
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${counted(Math.floor(seconds / 86400), "day")} ago`;
}

function two(number) {
  return String(number).padStart(2, "0");
}
