// What the page knows. Sections are replaced whole, never changed in place, so that only what is new is drawn again.
import { computed, reactive, ref, shallowReactive } from "vue";

const LINES_KEPT = 4000;

export const data = shallowReactive({
  plan: null,
  user: { name: "", role: "viewer", acts: false },
  live: { now_s: 0, robots: [], hold_all: { because: "", by: "" }, leader: null, problem: "" },
  inbox: { open: [], ended: [], ended_total: 0, queue: { flood: null, sources: [] } },
  tasks: { missions: [], left_out: 0, counts: {} },
  schedule: { number: 0, robots: [], unplaced: [], changes: [], terms: [], cost: 0 },
  objects: [],
  traffic: { enabled: null, routes: [], lanes: [], closed: [], notes: [], moves: [] },
  descriptions: {},
  timeline: [],
  timelineFrom: 1,
  sessionOver: false,
});

/** What the person is doing on this page; nothing of it is the fleet's. */
export const ui = reactive({ view: "inbox", question: "", robot: "", help: false, order: "cost" });

/** Where each robot that is led has walked since this page was opened, as it was heard (m); until its walk ends. */
export const trails = shallowReactive(new Map());
const TRAIL_STEP_M = 0.15;
const TRAIL_GAP_M = 3;
const TRAIL_POINTS = 120;

function follow() {
  const led = new Set(data.traffic.routes.map((route) => route.robot));
  for (const id of [...trails.keys()]) if (!led.has(id)) trails.delete(id);
  for (const { id, pose } of data.live.robots) {
    if (!pose || !led.has(id)) continue;
    const trail = trails.get(id) || [];
    const last = trail[trail.length - 1];
    const step = last ? Math.hypot(pose[0] - last[0], pose[1] - last[1]) : Infinity;
    if (step < TRAIL_STEP_M) continue;
    const kept = step > TRAIL_GAP_M ? [] : trail; // what was not heard is not drawn
    trails.set(id, [...kept, [pose[0], pose[1]]].slice(-TRAIL_POINTS));
  }
}

const receivedMs = ref(performance.now());
const tickMs = ref(performance.now());
setInterval(() => (tickMs.value = performance.now()), 250);

/** Seconds since the server was last heard by this page. */
export const quietS = computed(() => Math.max(0, (tickMs.value - receivedMs.value) / 1000));

/** A robot's age now: what the server said, and the time since it said so. */
export function ageOf(robot) {
  return robot.age_s === null || robot.age_s === undefined ? null : robot.age_s + quietS.value;
}

export function take(news) {
  for (const name of ["inbox", "tasks", "schedule", "objects", "descriptions", "traffic", "live"]) {
    if (name in news) data[name] = news[name];
  }
  follow();
  if (news.timeline_reset) data.timeline = [];
  if (news.timeline && news.timeline.length) {
    const last = data.timeline.length ? data.timeline[data.timeline.length - 1].seq : 0;
    const fresh = news.timeline.filter((line) => line.seq > last);
    data.timeline = [...data.timeline, ...fresh].slice(-LINES_KEPT);
  }
  receivedMs.value = performance.now();
  tickMs.value = receivedMs.value;
  window.fleetHold?.update(data.live.hold_all, data.live.robots);
}

export function takeOlder(lines, first) {
  const from = data.timeline.length ? data.timeline[0].seq : Infinity;
  data.timeline = [...lines.filter((line) => line.seq < from), ...data.timeline];
  data.timelineFrom = first;
}

export const robotsById = computed(() => new Map(data.live.robots.map((robot) => [robot.id, robot])));
export const questionsById = computed(
  () => new Map([...data.inbox.open, ...data.inbox.ended].map((question) => [question.id, question])),
);
export const now = computed(() => data.live.now_s);

/** Typed reasons survive a change of view and a reload of the page. */
export const drafts = {
  get: (key) => sessionStorage.getItem(`fleet-draft-${key}`) || "",
  set: (key, text) =>
    text ? sessionStorage.setItem(`fleet-draft-${key}`, text) : sessionStorage.removeItem(`fleet-draft-${key}`),
};

export function show(view, selection = {}) {
  ui.view = view;
  Object.assign(ui, selection);
  const path = `/console/${view === "inbox" ? "" : view}`;
  if (location.pathname !== path) history.pushState({ view }, "", path);
}
