// One run is shown at a time; it is drawn when it is first shown.

function aroundList(list, data, clock) {
  let shown = "";
  clock.listen((now) => {
    let next = data.moments.findIndex((m) => m[0] > now);
    if (next < 0) next = data.moments.length;
    const from = Math.max(0, next - 7), to = Math.min(data.moments.length, next + 3);
    const key = `${from}-${to}-${next}`;
    if (key === shown) return;
    shown = key;
    list.textContent = "";
    for (let i = from; i < to; i += 1) momentLine(list, data.moments[i], clock).classList.toggle("past", i < next - 1);
  });
}

function momentLine(list, moment, clock) {
  const [at, source, kind, text] = moment;
  const item = html("li", "", list);
  const jump = html("button", "at", item, shownTime(at));
  jump.type = "button";
  jump.addEventListener("click", () => clock.set(at));
  html("span", "source", item, source);
  html("span", "", item, text || kind);
  return item;
}

function timeline(section, data, clock) {
  const folded = section.querySelector("details.timeline");
  if (!folded) return;
  const list = folded.querySelector(".moments"), filter = folded.querySelector(".filter");
  const fill = () => {
    if (!folded.open) return;
    const wanted = filter.value.trim().toLowerCase();
    list.textContent = "";
    for (const moment of data.moments) {
      if (!wanted || moment.join(" ").toLowerCase().includes(wanted)) momentLine(list, moment, clock);
    }
  };
  folded.addEventListener("toggle", fill);
  filter.addEventListener("input", fill);
}

function player(section, clock) {
  const bar = section.querySelector(".player");
  bar.hidden = false;
  const button = bar.querySelector(".play"), slider = bar.querySelector(".slider"), now = bar.querySelector(".now");
  button.addEventListener("click", () => (clock.playing ? clock.pause() : clock.play()));
  slider.addEventListener("input", () => clock.set(Number(slider.value)));
  bar.querySelector(".speed").addEventListener("change", (event) => { clock.rate = Number(event.target.value); });
  clock.listen((time) => {
    slider.value = String(time);
    slider.setAttribute("aria-valuetext", shownTime(time));
    now.textContent = shownTime(time);
    button.textContent = clock.playing ? "❚❚" : "▶";
    button.setAttribute("aria-label", clock.playing ? "Pause" : "Play");
  });
}

function stateLine(line, data, clock) {
  clock.listen((now) => {
    const said = [];
    for (const state of ["fallen", "e_stop", "silent", "held"]) {
      const who = data.robots.filter((r) => robotState(data, r, now) === state);
      if (who.length) said.push(`${state.replace("_", " ")}: ${who.join(", ")}`);
    }
    const faults = data.faults.filter((f) => lastsAt(f[3], f[4], now)).map((f) => `${f[1]} (${f[2]})`);
    if (faults.length) said.push("faults: " + faults.join(", "));
    const asked = data.questions.filter((q) => lastsAt(q[3], q[4], now)).map((q) => `${q[0]} ${q[1]}`);
    if (asked.length) said.push("open questions: " + asked.join(", "));
    const busy = data.spans.filter((s) => s[0] === "task" && lastsAt(s[4], s[5], now)).length;
    line.textContent = `${busy} task${busy === 1 ? "" : "s"} under way` + (said.length ? " · " + said.join(" · ") : "");
  });
}

function drawRun(section, floors) {
  const source = section.querySelector("script.data");
  section.drawn = true;
  if (!source) return;
  const data = JSON.parse(source.textContent);
  const clock = new Clock(data.end);
  const place = section.querySelector(".floor");
  if (data.floor !== null) new Floor(place, floors[data.floor], data, clock);
  else html("p", "meta", place, "This run has no floor plan: it ended before its world was built.");
  player(section, clock);
  stateLine(section.querySelector(".state"), data, clock);
  aroundList(section.querySelector(".around"), data, clock);
  new Gantt(section.querySelector(".gantt"), data, clock);
  ganttLegend(section.querySelector(".legend"));
  timeline(section, data, clock);
  section.addEventListener("click", (event) => {
    const jump = event.target.closest("button[data-at]");
    if (!jump) return;
    clock.pause();
    clock.set(Number(jump.dataset.at));
    section.querySelector(".stage").scrollIntoView({ block: "nearest" });
  });
  if (data.breaks.length) clock.set(Math.min(...data.breaks.map((b) => b[2])));
}

function copyButtons() {
  for (const button of document.querySelectorAll(".copy")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.previousElementSibling.textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
  }
}

function main() {
  const floors = JSON.parse(document.getElementById("floors").textContent);
  const sections = [...document.querySelectorAll("section.run")];
  const first = sections.find((s) => s.querySelector(".verdict.broken, .verdict.error")) || sections[0];
  const show = (jump) => {
    const wanted = document.getElementById(location.hash.slice(1));
    const shown = sections.includes(wanted) ? wanted : sections.find((s) => !s.hidden && s.drawn) || first;
    for (const section of sections) section.hidden = section !== shown;
    for (const link of document.querySelectorAll(".matrix a")) {
      const here = link.hash === "#" + shown.id;
      link.closest("tr").classList.toggle("shown", here);
      if (here) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
    }
    if (!shown.drawn) drawRun(shown, floors);
    if (jump && shown === wanted) shown.scrollIntoView();
  };
  addEventListener("hashchange", () => show(true));
  copyButtons();
  show(location.hash.startsWith("#run-"));
}

main();
