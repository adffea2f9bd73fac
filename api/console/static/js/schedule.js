// The plan as rows of time: a row a robot; walking thin, work thick, charging hatched; what is not told yet paler.
import { clock, percent, span } from "./format.js";
import { data, now, show } from "./store.js";
import { Why } from "./why.js";

const LEAST_S = 120;
const STEPS = [10, 30, 60, 120, 300, 600, 1800, 3600, 7200];
const MOST_TICKS = 10;

export const ScheduleView = {
  components: { Why },
  setup: () => ({ clock, data, now, percent, show, span }),
  data: () => ({ picked: null }),
  computed: {
    from() {
      return now.value;
    },
    length() {
      const ends = data.schedule.robots.flatMap((r) => r.visits.map((v) => v.ends_s));
      return Math.max(LEAST_S, ...ends.map((end) => end - this.from)) * 1.02;
    },
    ticks() {
      const step = STEPS.find((s) => this.length / s <= MOST_TICKS) || STEPS[STEPS.length - 1];
      const found = [];
      for (let at = Math.ceil(this.from / step) * step; at < this.from + this.length; at += step) found.push(at);
      return found;
    },
    busy() {
      return data.schedule.robots.filter((r) => r.visits.length);
    },
    idle() {
      return data.schedule.robots.filter((r) => !r.visits.length).map((r) => r.id);
    },
    late() {
      return this.busy.flatMap((r) => r.visits).filter((v) => v.late).length;
    },
  },
  methods: {
    left(at) {
      return `${Math.min(100, Math.max(0, ((at - this.from) / this.length) * 100)).toFixed(3)}%`;
    },
    bar(from, to) {
      const start = Math.max(from, this.from);
      return { left: this.left(start), width: `${Math.max(0, ((to - start) / this.length) * 100).toFixed(3)}%` };
    },
    said(v) {
      const late = v.late ? `, ${span(v.ends_s - v.deadline_s)} late` : "";
      return `${v.title}: ${clock(v.starts_s)} to ${clock(v.ends_s)}${late}`;
    },
  },
  template: `
    <div class="fc-schedule fc-scroll">
      <p v-if="!data.schedule.number" class="fc-none">No plan has been made yet: nothing was asked for.</p>
      <template v-else>
        <p class="fc-schedule-head"><b>Plan {{ data.schedule.number }}</b> of {{ clock(data.schedule.made_at_s) }}, because {{ data.schedule.because }}
          <span v-if="late" class="fc-tag bad">{{ late }} late</span></p>
        <div class="fc-gantt" role="table" aria-label="Plan by robot">
          <div class="fc-gantt-row fc-gantt-axis" aria-hidden="true"><span></span>
            <div><i v-for="t in ticks" :key="t" :style="{ left: left(t) }">{{ clock(t) }}</i></div></div>
          <div v-for="r in busy" :key="r.id" class="fc-gantt-row" role="row" :data-row="r.id">
            <a role="rowheader" href="/console/floor" @click.prevent="show('floor', { robot: r.id })">{{ r.id }}</a>
            <div role="cell">
              <template v-for="v in r.visits" :key="v.task + v.dock + v.starts_s">
                <span class="fc-gantt-walk" :style="bar(v.leaves_s, v.arrives_s)"></span>
                <button type="button" class="fc-gantt-bar" :class="{ given: v.given, dock: !v.task, late: v.late }" :style="bar(v.starts_s, v.ends_s)"
                        :title="said(v)" :aria-label="said(v)" :data-bar="v.task || v.dock" @click="picked = { ...v, robot: r.id }">{{ v.title }}</button>
                <span v-if="v.deadline_s !== null && v.deadline_s > from && v.deadline_s < from + length" class="fc-gantt-due" :class="{ late: v.late }"
                      :style="{ left: left(v.deadline_s) }" :title="'deadline of ' + v.title"></span>
              </template>
            </div>
          </div>
        </div>
        <p v-if="idle.length" class="fc-muted">Nothing planned: {{ idle.join(', ') }}</p>
        <section v-if="picked" class="fc-order" aria-label="One task of the plan">
          <h3>{{ picked.title }} <span class="fc-tag">{{ picked.given ? 'told' : 'may still change' }}</span></h3>
          <p><b>{{ picked.robot }}</b> leaves {{ clock(picked.leaves_s) }}, is there {{ clock(picked.arrives_s) }}, from {{ clock(picked.starts_s) }} to
            {{ clock(picked.ends_s) }}, battery then {{ percent(picked.battery) }}<template v-if="picked.deadline_s !== null">, deadline {{ clock(picked.deadline_s) }}</template>.</p>
          <Why v-if="picked.task" :key="picked.task" :task="picked.task" />
        </section>
        <section v-if="data.schedule.unplaced.length" aria-label="Nobody does"><h2>Nobody does, and why</h2>
          <p v-for="u in data.schedule.unplaced" :key="u.task"><b>{{ u.title }}</b> ({{ u.task }}): {{ u.why }}</p></section>
        <details v-if="data.schedule.changes.length" class="fc-what"><summary>Changed last: {{ data.schedule.changes.length }}</summary>
          <p v-for="c in data.schedule.changes" :key="c.task">{{ c.task }}: {{ c.before }} → {{ c.after }}</p></details>
        <section aria-label="What it costs"><h2>What it costs <span class="fc-num">{{ span(data.schedule.cost) }}</span></h2>
          <p class="fc-muted">In seconds, each thing by the site's weight for it.</p>
          <table class="fc-table"><tbody><tr v-for="t in data.schedule.terms" :key="t.name"><th scope="row">{{ t.name }}</th><td class="r">{{ t.s.toFixed(1) }} s</td>
            <td class="fc-muted">{{ t.weight === null ? '' : 'weight ' + t.weight }}</td></tr></tbody></table></section>
      </template>
    </div>`,
};
