// What is closed to robots, and closing and opening parts of the building. The same as `fleet traffic close|open`.
import { call, newKey } from "./api.js";
import { clock, plainly, span } from "./format.js";
import { data, now } from "./store.js";

const KINDS = ["door", "lift", "zone", "area", "place"];
const EMPTY = { what: "", minutes: "", reason: "", key: "" };

export const Closures = {
  setup: () => ({ data, now, plainly }),
  data: () => ({ form: null, opening: "", why: "", key: "", sending: false, refused: "", lost: false }),
  computed: {
    kinds() {
      const closed = new Set(data.traffic.closed.filter(this.byPerson).map((c) => c.id));
      const ids = Object.entries(data.plan.closable).filter(([id]) => !closed.has(id));
      const of = (kind) => ids.filter(([, its]) => its === kind).map(([id]) => id).sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
      return KINDS.map((kind) => ({ kind, ids: of(kind) })).filter((group) => group.ids.length);
    },
    minutes() {
      return this.form.minutes === "" ? null : Number(this.form.minutes);
    },
    complete() {
      return this.form.what && this.form.reason.trim() && (this.minutes === null || this.minutes > 0);
    },
  },
  methods: {
    byPerson: (closure) => closure.until_s !== undefined,
    until(closure) {
      if (!this.byPerson(closure)) return "";
      if (closure.until_s === null) return "until it is opened";
      return `until ${clock(closure.until_s)}, in ${span(closure.until_s - now.value)}`;
    },
    ends() {
      return this.minutes > 0 ? `until ${clock(now.value + this.minutes * 60)}` : "until somebody opens it";
    },
    start() {
      this.form = { ...EMPTY, key: newKey() };
      this.refused = "";
    },
    ask(closure) {
      [this.opening, this.why, this.key, this.refused] = [closure.id, "", newKey(), ""];
    },
    // The same key until it got through: sending again after "no answer" closes nothing twice.
    async send(path, body, key) {
      if (this.sending) return false;
      this.sending = true;
      const result = await call("POST", path, body, { key });
      this.sending = false;
      this.lost = !result.ok && [0, 202].includes(result.status);
      this.refused = result.ok ? "" : result.message;
      return result.ok;
    },
    async close() {
      if (!this.complete) return;
      const body = { what: this.form.what, reason: this.form.reason.trim() };
      if (this.minutes !== null) body.for_s = this.minutes * 60;
      if (await this.send("/v1/closures", body, this.form.key)) this.form = null;
      else if (this.form && !this.lost) this.form.key = newKey();
    },
    async open() {
      if (!this.why.trim()) return;
      const path = `/v1/closures/${encodeURIComponent(this.opening)}/open`;
      if (await this.send(path, { reason: this.why.trim() }, this.key)) this.opening = "";
      else if (!this.lost) this.key = newKey();
    },
  },
  template: `
    <ul v-if="data.traffic.closed.length" class="fc-closures" aria-label="Closed to robots">
      <li v-for="c in data.traffic.closed" :key="c.id" :data-closure="c.id"><b>{{ plainly(c.id) }} is closed</b><template v-if="c.because">: {{ c.because }}</template>
        <span v-if="until(c)" class="fc-muted">{{ ' (' + until(c) + ')' }}</span>
        <button v-if="data.user.acts && byPerson(c) && opening !== c.id" type="button" class="fc-quiet" @click="ask(c)">Open…</button>
        <form v-if="opening === c.id && byPerson(c)" class="fc-act" @submit.prevent="open">
          <input v-model="why" maxlength="500" aria-label="Why it is open again" placeholder="Why it is open again (goes on record)" />
          <button type="submit" class="fc-plain" :disabled="!why.trim() || sending">{{ sending ? 'Sending…' : 'Open to robots' }}</button>
          <button type="button" class="fc-quiet" @click="opening = ''">Cancel</button>
        </form>
      </li>
    </ul>
    <template v-if="data.user.acts">
      <button v-if="!form" type="button" class="fc-plain fc-close-way" @click="start">Close a way to robots…</button>
      <form v-else class="fc-closing" aria-label="Close to robots" @submit.prevent="close">
        <select v-model="form.what" aria-label="What to close">
          <option value="" disabled>Door, zone or place…</option>
          <optgroup v-for="g in kinds" :key="g.kind" :label="g.kind + 's'"><option v-for="id in g.ids" :key="id" :value="id">{{ plainly(id) }}</option></optgroup>
        </select>
        <label>for <input v-model="form.minutes" type="number" min="1" max="525600" step="1" aria-label="Minutes" placeholder="…" /> min</label>
        <span class="fc-muted">{{ ends() }}</span>
        <input v-model="form.reason" class="fc-closing-why" maxlength="500" aria-label="Reason for closing" placeholder="Why (goes on record under your name)" />
        <p v-if="data.traffic.enabled === false" class="loud">Traffic is off: robots that find their own way are not told.</p>
        <span class="fc-act"><button type="submit" class="fc-plain" :disabled="!complete || sending">{{ sending ? 'Sending…' : 'Close to robots' }}</button>
          <button type="button" class="fc-quiet" @click="form = null">Cancel</button></span>
      </form>
    </template>
    <p v-if="refused" class="fc-refused" role="alert">{{ refused }}</p>`,
};
