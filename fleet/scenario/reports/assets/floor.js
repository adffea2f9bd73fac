// The floor plan from above, and where everything was.

// Runs as `thin.py` packs them: the first pose whole, then differences; centiseconds, cm, cm, 1/100 rad.
function unpacked(run) {
  const keys = [];
  let t = 0, x = 0, y = 0, yaw = 0;
  for (let i = 0; i < run.length; i += 4) {
    t += run[i]; x += run[i + 1]; y += run[i + 2]; yaw += run[i + 3];
    keys.push([t / 100, x / 100, y / 100, yaw / 100]);
  }
  return keys;
}

function poseAt(runs, now) {
  for (const keys of runs) {
    const last = keys[keys.length - 1];
    if (now < keys[0][0] - 0.75 || now > last[0] + 0.75) continue;
    let low = 0, high = keys.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (keys[middle][0] <= now) low = middle; else high = middle - 1;
    }
    const a = keys[low], b = keys[low + 1];
    if (!b) return a.slice(1);
    const part = Math.max(0, (now - a[0]) / (b[0] - a[0]));
    return [1, 2, 3].map((k) => a[k] + (b[k] - a[k]) * part);
  }
  return null;
}

class Floor {
  constructor(parent, plan, data, clock) {
    this.data = data;
    const [x0, y0, x1, y1] = plan.bounds;
    this.bounds = plan.bounds;
    this.flip = (y) => y0 + y1 - y;
    this.size = Math.max(x1 - x0, y1 - y0);
    this.text = Math.max(this.size / 58, 0.18);
    const edge = this.size * 0.012;
    this.picture = svg("svg", {
      viewBox: [x0 - edge, y0 - edge, x1 - x0 + 2 * edge, y1 - y0 + 2 * edge].join(" "),
      role: "img", "aria-label": "Floor plan of " + plan.name + " with robots, people and boxes",
    }, parent);
    this.building(plan);
    this.faultMarks = svg("g", {}, this.picture);
    this.things = data.tracks.slice().sort((a, b) => Floor.rank(a) - Floor.rank(b)).map((track) => this.thing(track));
    clock.listen((now) => this.show(now));
  }

  static rank(track) {
    return { person: 0, robot: 1, box: 2 }[track.kind];
  }

  building(plan) {
    const areas = (list, style) => {
      for (const area of list) {
        const [ax, ay, bx, by] = area.rect;
        const box = svg("rect", { x: ax, y: this.flip(by), width: bx - ax, height: by - ay, style }, this.picture);
        svg("title", {}, box, area.subject + " (" + area.kind + ")");
      }
    };
    areas(plan.zones, "fill:var(--zone);stroke:var(--line);stroke-width:.04");
    areas(plan.forbidden, "fill:var(--forbidden);stroke:var(--bad);stroke-width:.04;stroke-dasharray:.2 .14");
    areas(plan.furniture, "fill:var(--furniture);stroke:var(--dock);stroke-width:.02");
    for (const place of plan.places) {
      const x = (place.rect[0] + place.rect[2]) / 2, y = this.flip((place.rect[1] + place.rect[3]) / 2);
      const mark = place.kind === "dock"
        ? svg("rect", { x: x - 0.3, y: y - 0.3, width: 0.6, height: 0.6, rx: 0.08,
          style: "fill:none;stroke:var(--dock);stroke-width:.05" }, this.picture)
        : svg("circle", { cx: x, cy: y, r: 0.07, style: "fill:var(--dock)" }, this.picture);
      svg("title", {}, mark, place.subject + " (" + place.kind + ")");
    }
    for (const [ax, ay, bx, by] of plan.walls) {
      svg("line", { x1: ax, y1: this.flip(ay), x2: bx, y2: this.flip(by),
        style: "stroke:var(--wall);stroke-width:.12;stroke-linecap:square" }, this.picture);
    }
    areas(plan.doors, "fill:none;stroke:var(--accent);stroke-width:.08");
    for (const zone of plan.zones) {
      svg("text", { x: zone.rect[0] + this.text * 0.5, y: this.flip(zone.rect[3]) + this.text * 1.3,
        "font-size": this.text, class: "faint halo" }, this.picture, zone.subject);
    }
  }

  // Shapes differ as well as colours: a robot is round with a nose, a person a diamond, a box a square.
  thing(track) {
    const group = svg("g", { "data-id": track.id }, this.picture);
    svg("title", {}, group, track.id + " (" + track.label + ")");
    const r = Math.max(track.r, this.size / 110);
    const turning = svg("g", {}, group);
    if (track.kind === "robot") {
      svg("circle", { r, style: "fill:var(--robot);stroke:var(--card);stroke-width:.04" }, turning);
      svg("path", { d: `M${r * 0.15},${-r * 0.55} L${r * 0.95},0 L${r * 0.15},${r * 0.55} Z`,
        style: "fill:var(--robot-ink)" }, turning);
    } else if (track.kind === "person") {
      svg("path", { d: `M${r},0 L0,${r} L${-r},0 L0,${-r} Z`,
        style: "fill:var(--person);stroke:var(--card);stroke-width:.04" }, turning);
    } else {
      const half = Math.min(r, 0.15);
      svg("rect", { x: -half, y: -half, width: 2 * half, height: 2 * half, rx: 0.03,
        style: "fill:var(--box);stroke:var(--card);stroke-width:.03" }, turning);
    }
    const badge = track.kind === "robot" ? svg("circle", { r: r * 1.45, style: "display:none" }, group) : null;
    let label = null;
    if (track.kind !== "box") {
      label = svg("text", { y: -r * 1.75, "font-size": this.text, class: "halo" },
        group, track.id);
    }
    return { track, group, turning, badge, label, r, state: "", runs: track.runs.map(unpacked) };
  }

  show(now) {
    for (const thing of this.things) {
      const pose = poseAt(thing.runs, now);
      thing.group.style.display = pose ? "" : "none";
      if (!pose) continue;
      thing.group.setAttribute("transform", `translate(${pose[0]},${this.flip(pose[1])})`);
      thing.at = pose;
      thing.turning.setAttribute("transform", `rotate(${-pose[2] * 180 / Math.PI})`);
      if (thing.badge) this.mark(thing, now);
    }
    this.labels();
  }

  // Labels stay within the picture, and one that would lie on another is left out: what is not well goes first.
  labels() {
    const taken = [];
    const shown = this.things.filter((t) => t.label && t.group.style.display === "");
    shown.sort((a, b) => Number(Boolean(b.state)) - Number(Boolean(a.state)));
    for (const { label, at, r } of shown) {
      const width = label.textContent.length * this.text * 0.56;
      const anchor = at[0] < this.bounds[0] + width / 2 ? "start" : at[0] > this.bounds[2] - width / 2 ? "end" : "middle";
      const left = at[0] - { start: 0, middle: width / 2, end: width }[anchor], top = this.flip(at[1]) - r * 1.75;
      const free = taken.every(([x, y, w]) => Math.abs(y - top) > this.text || x > left + width || x + w < left);
      label.style.display = free ? "" : "none";
      label.setAttribute("text-anchor", anchor);
      if (free) taken.push([left, top, width]);
    }
  }

  mark(thing, now) {
    const state = robotState(this.data, thing.track.id, now);
    const styles = {
      fallen: "fill:none;stroke:var(--failed);stroke-width:.14",
      e_stop: "fill:none;stroke:var(--failed);stroke-width:.14;stroke-dasharray:.3 .1",
      silent: "fill:none;stroke:var(--soft);stroke-width:.1;stroke-dasharray:.12 .12",
      held: "fill:none;stroke:var(--back);stroke-width:.1",
      charging: "fill:none;stroke:var(--done);stroke-width:.06",
    };
    thing.badge.setAttribute("style", styles[state] || "display:none");
    thing.state = state === "charging" ? "" : state;
    thing.label.textContent = thing.track.id + (thing.state ? " · " + state.replace("_", " ") : "");
  }
}

function robotState(data, robot, now) {
  const order = ["fallen", "e_stop", "silent", "held", "charging"];
  const found = data.spans.filter((s) => s[0] === "robot" && s[1] === robot && lastsAt(s[4], s[5], now)).map((s) => s[3]);
  return order.find((state) => found.includes(state)) || found[0] || "";
}
