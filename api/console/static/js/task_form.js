// Ask for one task. The fields come from the skills the API names, the choices from the site's map.
import { call, newKey } from "./api.js";
import { plainly } from "./format.js";
import { data } from "./store.js";

const EMPTY = { why: "", minutes: "", priority: 50, robot: "" };

export const TaskForm = {
  emits: ["close"],
  setup: () => ({ data, plainly }),
  data: () => ({
    skills: [], skill: "", given: {}, described: {}, more: { ...EMPTY }, errors: {}, failed: "", said: "",
    sending: false, key: newKey(), sent: "",
  }),
  computed: {
    parameters() {
      return this.skills.find((skill) => skill.name === this.skill)?.parameters || [];
    },
    robots() {
      return data.live.robots.map((robot) => robot.id);
    },
  },
  watch: {
    skill() {
      this.given = {};
      this.described = {};
      this.errors = {};
    },
  },
  async created() {
    const result = await call("GET", "/v1/skills");
    if (result.ok) this.skills = result.body.items || result.body.skills || result.body;
    else this.failed = `The skills could not be read. ${result.message}`;
  },
  methods: {
    choices(kind) {
      const { plan } = data;
      const places = plan.places.map((place) => place.id);
      if (kind === "object") return Object.entries(plan.objects).map(([id, o]) => ({ id, label: `${id} (${Object.values(o.attributes).join(", ") || o.kind})` }));
      if (kind === "person") return plan.people.map((person) => ({ id: person.id, label: person.name }));
      if (kind === "place") return places.map((id) => ({ id, label: id }));
      if (kind === "zone_or_place") return [...plan.zones.map((zone) => zone.id), ...places].map((id) => ({ id, label: id }));
      return null;
    },
    /** `colour=blue, size=small` as a description; the fleet finds what fits, and asks when more than one does. */
    description(text) {
      const pairs = text.split(",").map((part) => part.split("=").map((side) => side.trim()));
      return Object.fromEntries(pairs.filter(([name, value]) => name && value));
    },
    body() {
      const parameters = {};
      for (const { name, kind } of this.parameters) {
        const value = this.given[name];
        if (kind === "object" && value === "*") parameters[name] = this.description(this.described[name] || "");
        else if (value !== undefined && value !== "") parameters[name] = kind === "number" ? Number(value) : value;
      }
      const body = { skill: this.skill, parameters, why: this.more.why.trim(), priority: Number(this.more.priority) };
      if (this.more.minutes !== "") body.deadline_in_s = Number(this.more.minutes) * 60;
      if (this.more.robot) body.robot_id = this.more.robot;
      return body;
    },
    async submit() {
      this.sending = true;
      this.errors = {};
      this.failed = this.said = "";
      const body = this.body();
      const content = JSON.stringify(body);
      if (content !== this.sent) [this.key, this.sent] = [newKey(), content];
      const result = await call("POST", "/v1/tasks", body, { key: this.key });
      this.sending = false;
      if (result.ok) {
        const task = result.body?.task || result.body;
        this.said = `On the books${task?.task_id ? ` as ${task.task_id}` : ""}.`;
        [this.given, this.described, this.more, this.sent] = [{}, {}, { ...EMPTY }, ""];
        return;
      }
      for (const { field, expected } of result.errors) this.errors[field.replace(/^parameters\./, "")] = `expected ${expected}`;
      this.failed = result.status === 202 ? result.message : `Not accepted. ${result.message}`;
    },
  },
  template: `
    <form class="fc-form" aria-label="New task" @submit.prevent="submit">
      <label>Skill <select v-model="skill" required><option value="" disabled>choose</option>
        <option v-for="s in skills" :key="s.name" :value="s.name">{{ plainly(s.name) }}: {{ s.help }}</option></select>
        <span v-if="errors.skill" class="fc-bad">{{ errors.skill }}</span></label>
      <label v-for="p in parameters" :key="skill + p.name"><span>{{ plainly(p.name) }}<template v-if="p.unit"> ({{ p.unit }})</template><i v-if="!p.required"> optional</i></span>
        <select v-if="choices(p.kind)" v-model="given[p.name]" :required="p.required" :name="p.name">
          <option v-if="!p.required" value="">any</option>
          <option v-for="c in choices(p.kind)" :key="c.id" :value="c.id">{{ c.label }}</option>
          <option v-if="p.kind === 'object'" value="*">one that fits a description…</option></select>
        <input v-else-if="p.kind === 'number'" v-model="given[p.name]" type="number" step="any" :min="p.minimum" :max="p.maximum" :required="p.required" :name="p.name" />
        <input v-else v-model="given[p.name]" type="text" :required="p.required" :name="p.name" />
        <input v-if="given[p.name] === '*'" v-model="described[p.name]" type="text" required placeholder="colour=blue, size=small" :aria-label="p.name + ' description'" />
        <span v-if="errors[p.name]" class="fc-bad">{{ errors[p.name] }}</span></label>
      <label class="fc-long">Why <input v-model="more.why" type="text" maxlength="500" required placeholder="What it is for (the robot's task carries this)" name="why" />
        <span v-if="errors.why" class="fc-bad">{{ errors.why }}</span></label>
      <label><span>Deadline in minutes <i>optional</i></span><input v-model="more.minutes" type="number" min="0.1" step="any" name="minutes" />
        <span v-if="errors.deadline_in_s || errors.deadline_s" class="fc-bad">{{ errors.deadline_in_s || errors.deadline_s }}</span></label>
      <label><span>Priority (0 whenever, 100 now)</span><input v-model="more.priority" type="number" min="0" max="100" step="1" required name="priority" />
        <span v-if="errors.priority" class="fc-bad">{{ errors.priority }}</span></label>
      <label><span>Robot <i>optional</i></span><select v-model="more.robot" name="robot"><option value="">whichever suits best</option>
        <option v-for="r in robots" :key="r" :value="r">{{ r }}</option></select>
        <span v-if="errors.robot_id" class="fc-bad">{{ errors.robot_id }}</span></label>
      <div class="fc-form-end">
        <button type="submit" class="fc-go" :disabled="sending || !skill">{{ sending ? 'Sending…' : 'Ask for it' }}</button>
        <button type="button" class="fc-plain" @click="$emit('close')">Close</button>
        <span v-if="failed" class="fc-refused" role="alert">{{ failed }}</span>
        <span v-if="said" class="fc-said" role="status">{{ said }}</span>
      </div>
    </form>`,
};
