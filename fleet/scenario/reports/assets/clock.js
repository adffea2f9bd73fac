"use strict";
// Shared small things, and the clock of one run: everything that shows a moment listens to it.

const SVG = "http://www.w3.org/2000/svg";

function svg(name, attributes, parent, text) {
  const element = document.createElementNS(SVG, name);
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  if (text !== undefined) element.textContent = text;
  if (parent) parent.appendChild(element);
  return element;
}

function html(name, className, parent, text) {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  if (parent) parent.appendChild(element);
  return element;
}

function shownTime(seconds) {
  if (seconds < 59.95) return seconds.toFixed(1) + " s";
  const tenths = Math.round(seconds * 10);
  const rest = (tenths % 600) / 10;
  return Math.floor(tenths / 600) + ":" + (rest < 10 ? "0" : "") + rest.toFixed(1);
}

class Clock {
  constructor(end) {
    this.end = end;
    this.now = 0;
    this.rate = 20;
    this.playing = false;
    this.listeners = [];
  }

  listen(listener) {
    this.listeners.push(listener);
    listener(this.now);
  }

  set(time) {
    this.now = Math.min(Math.max(time, 0), this.end);
    for (const listener of this.listeners) listener(this.now);
  }

  play() {
    if (this.now >= this.end) this.now = 0;
    this.playing = true;
    let before = null;
    const frame = (stamp) => {
      if (!this.playing) return;
      if (before !== null) this.set(this.now + (stamp - before) / 1000 * this.rate);
      before = stamp;
      if (this.now >= this.end) this.pause();
      else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    this.set(this.now);
  }

  pause() {
    this.playing = false;
    this.set(this.now);
  }
}

// Spans are [kind, subject, label, state, from, to]; one that still lasts has to = null.
function lastsAt(from, to, now) {
  return from !== null && from <= now && (to === null || now < to);
}
