// Who did what when: a row a robot; above them what people were asked, and which faults acted.

const ENDED = [
  ["done", "done", "var(--done)"], ["back", "taken back", "var(--back)"], ["escalated", "asked a person", "var(--escalated)"],
  ["failed", "failed or cancelled", "var(--failed)"], ["blocked", "blocked", "var(--other)"],
  ["running", "under way at the end", "var(--running)"],
];
const STATE_STYLE = {
  silent: "fill:none;stroke:var(--soft);stroke-dasharray:3 3", held: "fill:none;stroke:var(--back)",
  fallen: "fill:none;stroke:var(--failed);stroke-width:2", e_stop: "fill:none;stroke:var(--failed);stroke-dasharray:6 2",
};

function endOf(state) {
  if (state === "done") return "done";
  if (state === "escalated" || state === "blocked") return state;
  if (state === "failed" || state === "cancelled") return "failed";
  if (state === "queued" || state === "requested") return "back";
  return "running";
}

function niceStep(span, most) {
  const steps = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400];
  return steps.find((step) => span / step <= most) || 28800;
}

// Rows such that what overlaps in time stands below each other: [[from, to, ...], ...] -> row of each.
function stacked(items, end) {
  const free = [];
  return items.map(([from, to]) => {
    let row = free.findIndex((until) => until <= from);
    if (row < 0) row = free.length;
    free[row] = to === null ? end : to;
    return row;
  });
}

class Gantt {
  constructor(parent, data, clock) {
    Object.assign(this, { parent, data, clock });
    this.draw();
    clock.listen((now) => this.show(now));
    let width = parent.clientWidth;
    new ResizeObserver(() => {
      if (parent.clientWidth && parent.clientWidth !== width) {
        width = parent.clientWidth;
        this.draw();
        this.show(clock.now);
      }
    }).observe(parent);
  }

  draw() {
    const { data } = this;
    const longest = Math.max(6, ...data.robots.map((r) => r.length), ...(data.faults.length ? [8] : []));
    this.left = Math.min(20 + longest * 7.2, 190);
    this.width = Math.max(this.parent.clientWidth, 560);
    this.span = Math.max(data.end, 1);
    this.rowHeight = data.robots.length > 40 ? 12 : 22;
    this.x = (t) => this.left + (this.width - this.left - 12) * t / this.span;
    const questions = data.questions.map((q) => [q[3], q[4]]);
    const faults = data.faults.map((f) => [f[3], f[4]]);
    this.lanes = [this.lane("questions", questions), this.lane("faults", faults)];
    let y = 24;
    for (const lane of this.lanes) { lane.y = y; y += lane.height; }
    this.top = y;
    this.height = y + data.robots.length * this.rowHeight + 8;
    this.parent.textContent = "";
    this.picture = svg("svg", { width: this.width, height: this.height, viewBox: `0 0 ${this.width} ${this.height}`,
      role: "img", "aria-label": "Gantt chart of tasks by robot" }, this.parent);
    this.axis();
    this.drawLanes();
    data.robots.forEach((robot, row) => this.row(robot, this.top + row * this.rowHeight));
    this.breaks();
    this.cursor = svg("line", { y1: 14, y2: this.height, style: "stroke:var(--accent);stroke-width:2" }, this.picture);
    this.picture.addEventListener("click", (event) => this.jump(event));
    this.picture.style.cursor = "crosshair";
  }

  lane(name, items) {
    const rows = stacked(items, this.span);
    const many = Math.min(Math.max(0, ...rows.map((r) => r + 1)), 8);
    return { name, rows: rows.map((r) => Math.min(r, 7)), height: many ? many * 11 + 8 : 0 };
  }

  jump(event) {
    const box = this.picture.getBoundingClientRect();
    const x = (event.clientX - box.left) * this.width / box.width;
    this.clock.set((x - this.left) / (this.width - this.left - 12) * this.span);
  }

  axis() {
    const step = niceStep(this.span, (this.width - this.left) / 70);
    for (let t = 0; t <= this.span; t += step) {
      svg("line", { x1: this.x(t), x2: this.x(t), y1: 18, y2: this.height, style: "stroke:var(--line)" }, this.picture);
      svg("text", { x: this.x(t), y: 12, "font-size": 11, "text-anchor": "middle", class: "faint" }, this.picture,
        t < 60 ? t + " s" : Math.floor(t / 60) + ":" + String(t % 60).padStart(2, "0"));
    }
  }

  bar(from, to, y, height, style, title) {
    const x = this.x(from), width = Math.max(this.x(to === null ? this.span : to) - x, 2);
    const rect = svg("rect", { x, y, width, height, rx: 2, style }, this.picture);
    svg("title", {}, rect, title);
    return width;
  }

  drawLanes() {
    const [questions, faults] = this.lanes;
    for (const lane of this.lanes) {
      if (lane.height) svg("text", { x: 4, y: lane.y + 10, "font-size": 12, class: "faint" }, this.picture, lane.name);
    }
    this.data.questions.forEach((q, i) => {
      this.bar(q[3], q[4], questions.y + questions.rows[i] * 11, 9, "fill:var(--question)",
        `${q[0]} (${q[1]}): ${q[2]}`);
    });
    this.data.faults.forEach((f, i) => {
      // The band over the rows below shows which robots lived through it.
      const row = this.data.robots.indexOf(f[2]);
      const [y, height] = row >= 0 ? [this.top + row * this.rowHeight, this.rowHeight]
        : [this.top, this.data.robots.length * this.rowHeight];
      this.bar(f[3], f[4], y, height, "fill:var(--fault);opacity:.14", `fault ${f[0]}: ${f[1]}`);
      this.bar(f[3], f[4], faults.y + faults.rows[i] * 11, 9, "fill:var(--fault)", `fault ${f[0]}: ${f[1]} of ${f[2]}`);
    });
  }

  row(robot, y) {
    const small = this.rowHeight < 20, height = this.rowHeight - (small ? 3 : 6);
    svg("line", { x1: 0, x2: this.width, y1: y, y2: y, style: "stroke:var(--line)" }, this.picture);
    svg("text", { x: 4, y: y + this.rowHeight * 0.7, "font-size": small ? 9 : 12 }, this.picture, robot);
    for (const [kind, subject, label, state, from, to] of this.data.spans) {
      if (subject !== robot) continue;
      const times = `${shownTime(from)} to ${to === null ? "the end" : shownTime(to)}`;
      if (kind === "robot") {
        if (STATE_STYLE[state]) {
          this.bar(from, to, y + 1, this.rowHeight - 2, STATE_STYLE[state], `${robot} ${state.replace("_", " ")}, ${times}`);
        }
        continue;
      }
      const colour = ENDED.find((e) => e[0] === endOf(state))[2];
      const width = this.bar(from, to, y + (this.rowHeight - height) / 2, height, `fill:${colour};opacity:.88`,
        `${label}: ${state}, ${times}`);
      if (!small && width > label.length * 6.4 + 8) {
        svg("text", { x: this.x(from) + 4, y: y + 15, "font-size": 11,
          style: "fill:#fff;pointer-events:none;paint-order:stroke;stroke:rgba(0,0,0,.45);stroke-width:2.4px" },
          this.picture, label);
      }
    }
  }

  breaks() {
    for (const [index, what, at] of this.data.breaks) {
      const mark = svg("g", {}, this.picture);
      svg("line", { x1: this.x(at), x2: this.x(at), y1: 16, y2: this.height,
        style: "stroke:var(--bad);stroke-width:1.5;stroke-dasharray:5 3" }, mark);
      svg("path", { d: `M${this.x(at) - 5},14 h10 l-5,8 z`, style: "fill:var(--bad)" }, mark);
      svg("title", {}, mark, `${index}. ${what}: not kept`);
    }
  }

  show(now) {
    this.cursor.setAttribute("x1", this.x(now));
    this.cursor.setAttribute("x2", this.x(now));
  }
}

function ganttLegend(parent) {
  for (const [, words, colour] of ENDED) {
    const item = html("span", "", parent);
    html("i", "", item).style.background = colour;
    item.append(words);
  }
  for (const [state, colour] of [["fault", "var(--fault)"], ["question", "var(--question)"]]) {
    const item = html("span", "", parent);
    html("i", "", item).style.background = colour;
    item.append(state + " (above the rows)");
  }
  const framed = [["silent", "1px dashed var(--soft)"], ["held", "1px solid var(--back)"], ["fallen", "2px solid var(--failed)"]];
  for (const [state, border] of framed) {
    const item = html("span", "", parent);
    html("i", "", item).style.border = border;
    item.append(state);
  }
  html("span", "", parent, "▼ an expectation broke");
  parent.hidden = false;
}
