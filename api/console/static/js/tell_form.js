// Tell the fleet in plain words what is wanted, and see what would be understood before it is sent.
import { call, newKey } from "./api.js";
import { drafts, show } from "./store.js";

const WAIT_MS = 350;

export const TellForm = {
  data: () => ({
    text: drafts.get("tell"), why: "", seen: null, looking: false, failed: "", errors: {}, sending: false,
    key: newKey(), sent: "", done: null,
  }),
  computed: {
    possible() {
      return this.seen ? this.seen.readings.filter((r) => r.possible) : [];
    },
    struck() {
      return this.seen ? this.seen.readings.filter((r) => !r.possible) : [];
    },
    needsWhy() {
      return !this.why.trim() && !(this.seen && this.seen.why);
    },
  },
  watch: {
    text() {
      drafts.set("tell", this.text);
      this.done = null;
      this.failed = "";
      clearTimeout(this.timer);
      if (!this.text.trim()) this.seen = null;
      else this.timer = setTimeout(() => this.look(), WAIT_MS);
    },
  },
  mounted() {
    if (this.text.trim()) this.look();
  },
  unmounted() {
    clearTimeout(this.timer);
  },
  methods: {
    async look() {
      const asked = this.text;
      this.looking = true;
      const result = await call("POST", "/v1/instructions/preview", { text: asked });
      if (asked !== this.text) return; // typed on meanwhile
      this.looking = false;
      this.seen = result.ok ? result.body : null;
      this.failed = result.ok ? "" : result.message;
    },
    async send() {
      if (this.sending || !this.text.trim() || this.needsWhy) return;
      this.sending = true;
      this.errors = {};
      this.failed = "";
      const body = { text: this.text, why: this.why.trim() };
      const content = JSON.stringify(body);
      if (content !== this.sent) [this.key, this.sent] = [newKey(), content];
      const result = await call("POST", "/v1/instructions", body, { key: this.key, timeoutMs: 75000 });
      this.sending = false;
      if (!result.ok) {
        this.failed = result.status === 202 ? result.message : `Not accepted. ${result.message}`;
        return;
      }
      const told = result.body || {};
      [this.text, this.why, this.seen, this.sent] = ["", "", null, ""];
      await this.$nextTick();
      this.done = told.instruction ? told : { instruction: null };
    },
    ask(id) {
      show("inbox", { question: id });
    },
    reason(reading) {
      return reading.checks.filter((c) => !c.ok).map((c) => c.detail || c.name).join("; ");
    },
    percent: (score) => score.toFixed(2),
  },
  template: `
    <form class="fc-tell" aria-label="Tell the fleet" @submit.prevent="send">
      <label class="fc-tell-text">Tell the fleet
        <input v-model="text" type="text" maxlength="2000" name="tell" autocomplete="off"
               placeholder="e.g. take the blue box from shelf b2 to table 1, then inspect the corridor" /></label>
      <label class="fc-tell-why">Why
        <input v-model="why" type="text" maxlength="500" name="tell-why" autocomplete="off"
               :placeholder="seen && seen.why ? seen.why : 'the reason, kept with your name'" /></label>
      <button type="submit" class="fc-go" :disabled="sending || !text.trim() || needsWhy || (seen && !!seen.refusal)">{{ sending ? 'Sending…' : 'Send' }}</button>
      <div v-if="seen || failed || done" class="fc-tell-seen" aria-live="polite">
        <template v-if="seen">
          <p v-if="seen.refusal" class="fc-warning" role="status">Not understood: {{ seen.refusal }}</p>
          <p v-else-if="seen.calls_off" role="status">Understood: something shall <b>not</b> be done. If somebody else asked for it, a person is asked which stands.</p>
          <template v-else>
            <p v-if="possible.length === 1" role="status">Understood as: <b>{{ possible[0].label }}</b> <span class="fc-muted">score {{ percent(possible[0].score) }}</span></p>
            <p v-else-if="possible.length" role="status">It may mean one of these. Unless the first is sure enough, a person will be asked:</p>
            <p v-else class="fc-warning" role="status">Nothing that can be done fits. A person will be asked:</p>
            <ul v-if="possible.length > 1"><li v-for="r in possible" :key="r.label"><b>{{ r.label }}</b> <span class="fc-muted">score {{ percent(r.score) }} · {{ r.because }}</span></li></ul>
            <ul v-if="struck.length" class="fc-tell-struck"><li v-for="r in struck" :key="r.label"><s>{{ r.label }}</s> <span class="fc-muted">{{ reason(r) }}</span></li></ul>
          </template>
          <p v-for="u in seen.unclear" :key="u" class="fc-muted">{{ u }}</p>
          <p v-if="needsWhy && !seen.refusal" class="fc-muted">Say why, too: in the field beside it, or in the text as “why: …”.</p>
        </template>
        <p v-if="failed" class="fc-refused" role="alert">{{ failed }}</p>
        <p v-if="done && !done.instruction" role="status">On record.</p>
        <template v-else-if="done">
          <p v-if="done.escalation" role="status">A person is asked what is meant: <a href="/console/" @click.prevent="ask(done.escalation.escalation_id)">question {{ done.escalation.escalation_id }}</a>. Nothing moves before it is answered.</p>
          <p v-else-if="done.tasks && done.tasks.length" role="status">Understood, and on the books as <b>{{ done.tasks.map((t) => t.task_id).join(', ') }}</b>.</p>
          <p v-else role="status">{{ done.instruction.because }}.</p>
        </template>
      </div>
    </form>`,
};
