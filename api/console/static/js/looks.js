// Time on evidence: what is open on the page, told to the server now and then. Nothing is measured in a hidden tab.
import { call, newKey } from "./api.js";

const TICK_MS = 500;
const TELL_MS = 15000;

/** Measures while a question is on the page; returns what ends it. `isOpen` says whether it still waits. */
export function watchLooks(questionId, isOpen) {
  let seconds = {};
  let last = performance.now();
  const look = () => {
    const now = performance.now();
    const passed = Math.min(now - last, 2 * TICK_MS) / 1000;
    last = now;
    if (document.hidden || !isOpen()) return;
    const open = [...document.querySelectorAll(".fc-evidence details[open]")].map((e) => e.dataset.ref);
    for (const ref of ["question", ...new Set(open)]) seconds[ref] = (seconds[ref] || 0) + passed;
  };
  const tell = () => {
    const looked = Object.entries(seconds).map(([ref, s]) => ({ ref, seconds: Math.round(s * 10) / 10 }));
    seconds = {};
    if (!looked.length) return;
    const path = `/v1/escalations/${encodeURIComponent(questionId)}/looked`;
    call("POST", path, { looked }, { key: newKey() }); // a measurement that is lost is lost
  };
  const ticking = setInterval(look, TICK_MS);
  const telling = setInterval(tell, TELL_MS);
  return () => {
    clearInterval(ticking);
    clearInterval(telling);
    look();
    tell();
  };
}
