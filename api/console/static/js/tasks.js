// The task table, by mission: what, who, why, how far, until when.
import { call, newKey } from "./api.js";
import { clock, percent, span } from "./format.js";
import { data, now, show, ui } from "./store.js";
import { TaskForm } from "./task_form.js";
import { TellForm } from "./tell_form.js";

const FILTERS = {
  all: { label: "All", fits: () => true },
  active: { label: "Under way", fits: (task) => !task.terminal },
  attention: { label: "Need attention", fits: (task, late) => late || ["blocked", "escalated", "failed"].includes(task.state) },
  ended: { label: "Ended", fits: (task) => task.terminal },
};

export const TasksView = {
  components: { TaskForm, TellForm },
  setup: () => ({ clock, data, now, percent, show, span, ui, FILTERS }),
  data: () => ({ filter: "all", text: "", giving: null, reason: "", sending: false, failed: "", form: false }),
  computed: {
    missions() {
      const words = this.text.toLowerCase().split(/\s+/).filter(Boolean);
      const { fits } = FILTERS[this.filter];
      const has = (task, mission) => {
        const all = [task.id, task.title, task.robot, task.state, task.why, task.because, mission.title, mission.id, task.by];
        const line = all.join(" ").toLowerCase();
        return words.every((word) => line.includes(word));
      };
      return data.tasks.missions
        .map((mission) => ({ ...mission, shown: mission.tasks.filter((t) => fits(t, this.late(t)) && has(t, mission)) }))
        .filter((mission) => mission.shown.length);
    },
    total() {
      return data.tasks.missions.reduce((sum, mission) => sum + mission.tasks.length, 0);
    },
  },
  mounted() {
    window.addEventListener("keydown", this.key);
  },
  unmounted() {
    window.removeEventListener("keydown", this.key);
  },
  methods: {
    key(event) {
      if (ui.view !== "tasks" || event.key !== "/" || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
      event.preventDefault();
      this.$refs.text.focus();
    },
    late(task) {
      return task.late || (!task.terminal && task.deadline_s !== null && now.value > task.deadline_s);
    },
    deadline(task) {
      if (task.deadline_s === null) return "–";
      if (task.terminal) return task.late ? `late by ${span(task.finished_s - task.deadline_s)}` : clock(task.deadline_s);
      const left = task.deadline_s - now.value;
      return left < 0 ? `late by ${span(-left)}` : `in ${span(left)}`;
    },
    ask(kind, id, title) {
      this.giving = { kind, id, title };
      this.reason = "";
      this.failed = "";
      this.$nextTick(() => this.$refs.reason?.[0]?.focus() ?? this.$refs.reason?.focus?.());
    },
    async cancel() {
      const { kind, id } = this.giving;
      this.sending = true;
      const body = { reason: this.reason.trim() };
      const result = await call("POST", `/v1/${kind}/${encodeURIComponent(id)}/cancel`, body, { key: newKey() });
      this.sending = false;
      if (result.ok) this.giving = null;
      else this.failed = `Not cancelled. ${result.message}`;
    },
  },
  template: `
    <div class="fc-tasks">
      <div class="fc-toolbar">
        <div class="fc-chips" role="group" aria-label="Filter">
          <button v-for="(f, name) in FILTERS" :key="name" type="button" :class="{ on: filter === name }" @click="filter = name">{{ f.label }}</button>
        </div>
        <input ref="text" v-model="text" type="search" placeholder="Filter by words ( / )" aria-label="Filter by words" />
        <span class="fc-muted">{{ total }} tasks: <template v-for="(n, s, i) in data.tasks.counts" :key="s">{{ i ? ', ' : '' }}{{ n }} {{ s }}</template></span>
        <button v-if="data.user.acts" type="button" class="fc-plain fc-push" :aria-expanded="form" @click="form = !form">{{ form ? 'Close the form' : 'New task' }}</button>
      </div>
      <TellForm v-if="data.user.acts" />
      <div v-if="giving" class="fc-giving" role="group" aria-label="Cancel">
        <b>Cancel {{ giving.title }}?</b>
        <input ref="reason" v-model="reason" type="text" maxlength="500" aria-label="Reason" placeholder="Reason (goes on record)"
               @keydown.enter="reason.trim() && !sending && cancel()" />
        <button type="button" class="fc-go" :disabled="!reason.trim() || sending" @click="cancel">Cancel it</button>
        <button type="button" class="fc-plain" @click="giving = null">Keep it</button>
        <span v-if="failed" class="fc-refused" role="alert">{{ failed }}</span>
      </div>
      <TaskForm v-if="form" @close="form = false" />
      <div class="fc-scroll">
        <table class="fc-table fc-tasktable">
          <thead><tr><th>State</th><th>Task</th><th>Robot</th><th>Why</th><th>How it stands</th><th class="r">Deadline</th><th class="r">Done</th><th></th></tr></thead>
          <tbody v-for="m in missions" :key="m.id" :data-mission="m.id">
            <tr class="fc-mission"><td colspan="7"><b>{{ m.title }}</b> <span class="fc-muted">{{ m.why }}</span>
              <span class="fc-muted fc-right">{{ m.done }} of {{ m.tasks.length }} done · {{ m.state }} · {{ m.by }}, {{ clock(m.at_s) }}</span></td>
              <td><button v-if="data.user.acts && m.state === 'active'" type="button" class="fc-quiet" @click="ask('missions', m.id, 'the mission “' + m.title + '”')">Cancel all</button></td></tr>
            <tr v-for="t in m.shown" :key="t.id" :class="['st-' + t.state, { late: late(t), ended: t.terminal }]" :data-task="t.id">
              <td><span class="fc-state">{{ t.state }}</span></td>
              <td>{{ t.title }}<span class="fc-sub">{{ t.id }}<template v-if="t.waits_for.length"> · after {{ t.waits_for.join(', ') }}</template></span></td>
              <td><a v-if="t.robot" href="/console/floor" @click.prevent="show('floor', { robot: t.robot })">{{ t.robot }}</a><span v-if="t.members.length > 1" class="fc-sub">with {{ t.members.slice(1).map((m) => m.robot).join(', ') }}</span><span v-else-if="t.team > 1 && !t.terminal" class="fc-sub">a team of {{ t.team }}</span><span v-if="t.attempt > 1" class="fc-sub">attempt {{ t.attempt }}</span></td>
              <td class="fc-wide">{{ t.why }}</td>
              <td class="fc-wide">{{ t.because }}<a v-if="t.state === 'escalated' && t.question" class="fc-ask" href="/console/" @click.prevent="show('inbox', { question: t.question })">the question</a></td>
              <td class="r" :class="{ loud: late(t) }">{{ deadline(t) }}</td>
              <td class="r">{{ t.state === 'done' ? '' : t.fraction ? percent(t.fraction) : '' }}<span class="fc-sub">{{ t.terminal ? '' : t.phase }}</span></td>
              <td><button v-if="data.user.acts && !t.terminal" type="button" class="fc-quiet" :data-cancel="t.id" @click="ask('tasks', t.id, 'task ' + t.id + ' (' + t.title + ')')">Cancel</button></td>
            </tr>
          </tbody>
        </table>
        <p v-if="!missions.length" class="fc-none">{{ total ? 'No task fits the filter.' : 'No task has been asked for yet.' }}</p>
        <p v-if="data.tasks.left_out" class="fc-none">{{ data.tasks.left_out }} older missions are not shown; the API and the journal have them.</p>
      </div>
    </div>`,
};
