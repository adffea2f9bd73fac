// The whole console: header, the six views, keys. NiceGUI serves the page and brings the news; see page.py.
import { call } from "./api.js";
import { DecisionsView } from "./decisions.js";
import { FloorView } from "./floor_view.js";
import { Header } from "./header.js";
import { Help } from "./help.js";
import { InboxView } from "./inbox.js";
import { ScheduleView } from "./schedule.js";
import { data, quietS, show, take, takeOlder, ui } from "./store.js";
import { TasksView } from "./tasks.js";
import { TimelineView } from "./timeline.js";

const ASK_AFTER_S = 4; // without news for so long, ask whether the session is over
const VIEWS = ["inbox", "floor", "tasks", "timeline", "decisions", "plan"];

function typing(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

export const Console = {
  components: { DecisionsView, FloorView, Header, Help, InboxView, ScheduleView, TasksView, TimelineView },
  props: { plan: Object, user: Object, first: Object, view: String },
  emits: ["older"],
  setup() {
    return { data, ui };
  },
  created() {
    data.plan = this.plan;
    data.user = this.user;
    ui.view = VIEWS.includes(this.view) ? this.view : "inbox";
    data.timelineFrom = this.first.timeline_from;
    take(this.first);
  },
  mounted() {
    window.addEventListener("keydown", this.key);
    window.addEventListener("popstate", this.back);
    window.addEventListener("fleet-session-over", this.over);
    this.asking = setInterval(this.askWhy, ASK_AFTER_S * 1000);
  },
  unmounted() {
    clearInterval(this.asking);
    window.removeEventListener("keydown", this.key);
    window.removeEventListener("popstate", this.back);
    window.removeEventListener("fleet-session-over", this.over);
  },
  methods: {
    // Called by the server.
    news(payload) {
      take(payload);
    },
    olderLines(payload) {
      takeOlder(payload.lines, payload.first);
    },
    over() {
      data.sessionOver = true;
    },
    async askWhy() {
      // A page whose session has ended gets no news and may not connect again: it must say so and not only look old.
      if (quietS.value > ASK_AFTER_S && !data.sessionOver) await call("GET", "/v1/me", undefined, { timeoutMs: 3000 });
    },
    back() {
      const view = location.pathname.replace(/^\/console\/?/, "") || "inbox";
      ui.view = VIEWS.includes(view) ? view : "inbox";
    },
    key(event) {
      if (event.key === "Escape") {
        if (typing(event.target)) event.target.blur();
        ui.help = false;
        return;
      }
      if (event.ctrlKey || event.metaKey || typing(event.target)) return;
      if (event.altKey) {
        const number = Number(event.code.replace("Digit", ""));
        if (number >= 1 && number <= VIEWS.length) {
          event.preventDefault();
          show(VIEWS[number - 1]);
        }
        return;
      }
      if (event.key === "?") ui.help = !ui.help;
    },
  },
  template: `
    <div class="fc" :class="'fc-role-' + data.user.role">
      <Header />
      <div v-if="data.sessionOver" class="fc-over" role="alert">
        Your session is over; nothing you do here is recorded. <a href="/console/login">Log in again</a>
      </div>
      <Help v-if="ui.help" @close="ui.help = false" />
      <main class="fc-main">
        <InboxView v-show="ui.view === 'inbox'" />
        <FloorView v-if="ui.view === 'floor'" />
        <TasksView v-show="ui.view === 'tasks'" />
        <ScheduleView v-if="ui.view === 'plan'" />
        <DecisionsView v-if="ui.view === 'decisions'" />
        <TimelineView v-if="ui.view === 'timeline'" @older="$emit('older', $event)" />
      </main>
    </div>`,
};
