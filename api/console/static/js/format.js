// How numbers are said. The server says the same in views/words.py.

export function span(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const two = (n) => String(n).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min` + (whole % 60 ? ` ${two(whole % 60)} s` : "");
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/** A countdown of fixed width, so that it does not jitter: `1:02:03` or `02:03`. */
export function countdown(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const rest = `${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

/** Fleet time. Seconds since 1970 are shown as the time of day; a simulator's clock as time since its start. */
export function clock(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  const two = (n) => String(n).padStart(2, "0");
  if (seconds > 1e8) {
    const at = new Date(seconds * 1000);
    return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  }
  const whole = Math.floor(seconds);
  return `T+${Math.floor(whole / 3600)}:${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`;
}

export function age(seconds) {
  if (seconds === null || seconds === undefined) return "never";
  return seconds < 10 ? `${seconds.toFixed(1)} s` : span(seconds);
}

export function percent(fraction) {
  return fraction === null || fraction === undefined ? "not known" : `${Math.round(fraction * 100)} %`;
}

export function plainly(identifier) {
  return String(identifier).replaceAll("_", " ");
}
