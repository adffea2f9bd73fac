// One robot: how it is, what it is, and what a person may do with it.
import { call, newKey } from "./api.js";
import { age, percent, plainly, span } from "./format.js";
import { ageOf, data, drafts } from "./store.js";

const ACTIONS = {
  hold: { label: "Hold", path: "hold", done: "told to hold" },
  release: { label: "Release", path: "release", done: "released" },
  take: { label: "Take over", path: "lease/take", done: "taken over" },
  giveBack: { label: "Hand back", path: "lease/return", done: "handed back" },
  recovered: { label: "It has been seen to", path: "recovered", done: "reported as seen to" },
};

export const RobotCard = {
  props: { robot: Object },
  emits: ["close"],
  setup: () => ({ age, ageOf, data, percent, plainly, span, ACTIONS }),
  data() {
    return { reason: drafts.get(`robot-${this.robot.id}`), sending: "", said: "", failed: false };
  },
  computed: {
    what() {
      return data.descriptions[this.robot.id] || null;
    },
    actions() {
      const { robot } = this;
      const list = [robot.holding || robot.held_because ? "release" : "hold"];
      if (!robot.lease_person) list.push("take");
      else if (robot.lease_person === data.user.name || data.user.role === "admin") list.push("giveBack");
      if (robot.aside_because || robot.posture === "fallen") list.push("recovered");
      return list;
    },
    at() {
      if (!this.robot.pose) return "not known";
      const [x, y] = this.robot.pose;
      return `${plainly(this.robot.zone || "outside all zones")} (${x.toFixed(1)}, ${y.toFixed(1)})`;
    },
  },
  watch: {
    reason(text) {
      drafts.set(`robot-${this.robot.id}`, text);
    },
  },
  methods: {
    blocked(action) {
      // Stopping never waits for a reason; everything else goes on record with one.
      return this.sending !== "" || (action !== "hold" && !this.reason.trim());
    },
    async act(action) {
      const { path, done } = ACTIONS[action];
      this.sending = action;
      this.said = "";
      const reason = this.reason.trim() || "held from the console";
      const url = `/v1/robots/${encodeURIComponent(this.robot.id)}/${path}`;
      const result = await call("POST", url, { reason }, { key: newKey() });
      this.sending = "";
      this.failed = !result.ok;
      this.said = result.ok ? `${this.robot.id} was ${done}.` : `Not done. ${result.message}`;
      if (result.ok) this.reason = "";
    },
  },
  template: `
    <article class="fc-robot" :class="'is-' + robot.state" :data-robot-card="robot.id">
      <header><h2>{{ robot.id }}</h2><span class="fc-muted">{{ robot.model }}<template v-if="robot.vendor"> · {{ robot.vendor }}</template></span>
        <button type="button" class="fc-quiet" @click="$emit('close')">Close</button></header>
      <dl class="fc-facts-list">
        <dt>Posture</dt><dd><b v-if="robot.posture === 'fallen'" class="fc-alarm">FALLEN</b><template v-else>{{ robot.posture || 'unknown' }}</template></dd>
        <dt>Heard</dt><dd :class="{ loud: robot.silent }">{{ age(ageOf(robot)) }}{{ robot.age_s === null ? '' : ' ago' }}
          <template v-if="robot.known && !robot.in_contact"> · no contact (that is not a failure)</template></dd>
        <dt>At</dt><dd>{{ at }}<template v-if="robot.docked_at"> · docked at {{ robot.docked_at }}</template></dd>
        <dt>Battery</dt><dd>{{ robot.battery === undefined ? 'not known' : percent(robot.battery) }}</dd>
        <dt>Stability</dt><dd>{{ robot.stability === undefined ? 'not known' : percent(robot.stability) }}</dd>
        <dt>Health</dt><dd :class="{ loud: robot.health === 'fault' }">{{ robot.health || 'not known' }}<template v-if="robot.health_detail">: {{ robot.health_detail }}</template><b v-if="robot.e_stop" class="fc-alarm"> EMERGENCY STOP</b></dd>
        <dt>Mode</dt><dd>{{ robot.mode || 'not known' }}</dd>
        <dt>Holds</dt><dd>{{ robot.held && robot.held.length ? robot.held.join(', ') : 'nothing' }}</dd>
        <dt>Task</dt><dd><template v-if="robot.task">{{ robot.task.title }} <span class="fc-muted">({{ robot.task.state }}, {{ percent(robot.task.fraction) }})</span>
          <p v-if="robot.task.why" class="fc-muted">why: {{ robot.task.why }}</p></template><template v-else>none</template></dd>
        <template v-if="robot.holding || robot.held_because"><dt>Holding</dt><dd>{{ robot.held_because || robot.hold_because || 'no reason given' }}<template v-if="robot.held_by"> ({{ robot.held_by }})</template>
          <b v-if="!robot.holding"> · not confirmed by the robot</b></dd></template>
        <template v-if="robot.lease_person"><dt>Commanded by</dt><dd>{{ robot.lease_person }}</dd></template>
        <template v-if="robot.aside_because"><dt>Kept aside</dt><dd>{{ robot.aside_because }}</dd></template>
        <template v-if="robot.unknown_things && robot.unknown_things.length"><dt>Says it sees</dt><dd>{{ robot.unknown_things.join(', ') }} <span class="fc-muted">(not on the inventory, seen by nobody else: not believed)</span></dd></template>
        <dt>Done</dt><dd>{{ robot.tasks_done || 0 }} tasks, busy {{ span(robot.busy_s || 0) }}</dd>
      </dl>
      <div v-if="data.user.acts" class="fc-act">
        <input v-model="reason" type="text" maxlength="500" aria-label="Reason" placeholder="Reason (goes on record under your name)" />
        <button v-for="a in actions" :key="a" type="button" class="fc-plain" :disabled="blocked(a)" :data-action="a" @click="act(a)">
          {{ sending === a ? 'Sending…' : ACTIONS[a].label }}</button>
      </div>
      <p v-if="said" :class="failed ? 'fc-refused' : 'fc-said'" role="status">{{ said }}</p>
      <table v-if="robot.record && robot.record.length" class="fc-table" data-record><thead><tr><th>Its record</th><th class="r" title="claims that others or a person found true">Word was good</th><th class="r" title="tasks that it saw through">Saw it through</th></tr></thead>
        <tbody><tr v-for="r in robot.record" :key="r.skill"><td>{{ plainly(r.skill) }}</td>
          <td class="r" :class="{ loud: r.claims[1] > 0 }">{{ r.claims[0] }} of {{ r.claims[0] + r.claims[1] }} · expect {{ percent(r.honesty) }}</td>
          <td class="r">{{ r.attempts[0] }} of {{ r.attempts[0] + r.attempts[1] }} · expect {{ percent(r.competence) }}</td></tr></tbody></table>
      <details v-if="what" class="fc-what"><summary>What it can do</summary>
        <table class="fc-table"><thead><tr><th>Skill</th><th class="r">Payload</th><th class="r">Speed</th></tr></thead>
          <tbody><tr v-for="s in what.skills" :key="s.skill"><td>{{ plainly(s.skill) }}</td>
            <td class="r">{{ s.payload_kg ? s.payload_kg + ' kg' : '–' }}</td><td class="r">{{ s.speed_mps ? s.speed_mps + ' m/s' : '–' }}</td></tr></tbody></table>
        <table v-if="what.figures.length" class="fc-table"><thead><tr><th>Figure</th><th class="r">Value</th><th>Known how</th></tr></thead>
          <tbody><tr v-for="f in what.figures" :key="f.name"><td>{{ plainly(f.name) }}</td><td class="r">{{ f.value }} {{ f.unit }}</td>
            <td :class="{ unknown: f.status === 'assumed' }" :title="f.source">{{ f.status }}</td></tr></tbody></table>
      </details>
    </article>`,
};
