// What the fleet decided by itself and a person looks at afterwards. Nothing waits for it.
import { call, newKey } from "./api.js";
import { clock, percent, plainly } from "./format.js";
import { data } from "./store.js";

const REFRESH_MS = 5000;
const SHOWN = 20;
const NONE = "none of these";

export const Reviews = {
  setup: () => ({ clock, data, percent, plainly, NONE }),
  data: () => ({ open: [], more: false, picked: "", verdict: "", instead: "", reason: "", refused: "", sending: false }),
  mounted() {
    this.fetch();
    this.timer = setInterval(() => this.fetch(), REFRESH_MS);
  },
  unmounted() {
    clearInterval(this.timer);
  },
  methods: {
    async fetch() {
      const found = await call("GET", `/v1/reviews?open=true&newest=true&limit=${SHOWN}`);
      if (!found.ok) return;
      this.open = found.body.items;
      this.more = Boolean(found.body.next_cursor);
    },
    others(review) {
      const { options } = review.ruled.choice;
      return [...options.filter((_, i) => i !== review.ruled.ruling.chosen), NONE];
    },
    pick(review, verdict) {
      const others = this.others(review);
      // Of two options the other one is meant; with more, somebody has to say which.
      [this.picked, this.verdict, this.instead] = [review.ruled.ruling_id, verdict, others.length === 2 ? others[0] : ""];
    },
    ready(review) {
      return this.reason.trim() && (this.verdict !== "wrong" || this.instead || this.others(review).length <= 2);
    },
    async send(review) {
      if (this.sending || !this.ready(review)) return;
      this.sending = true;
      const body = { verdict: this.verdict, reason: this.reason.trim() };
      if (this.verdict === "wrong") body.instead = this.instead;
      const path = `/v1/reviews/${encodeURIComponent(review.ruled.ruling_id)}`;
      const result = await call("POST", path, body, { key: newKey() });
      this.sending = false;
      this.refused = result.ok ? "" : result.message;
      if (result.ok) [this.picked, this.verdict, this.reason] = ["", "", ""];
      this.fetch();
    },
  },
  template: `
    <section aria-label="Look at what the fleet decided">
      <h2>Look at what the fleet decided <span class="fc-num">{{ open.length }}{{ more ? "+" : "" }}</span></h2>
      <p class="fc-muted">Drawn at random from what it decided by itself. Nothing waits for these; what you find keeps it honest about
        when to ask.</p>
      <p v-if="!open.length" class="fc-none">None waits.</p>
      <article v-for="r in open" :key="r.ruled.ruling_id" class="fc-order fc-review" :data-review="r.ruled.ruling_id">
        <h3>{{ plainly(r.ruled.choice.decision_class) }} <span class="fc-tag">{{ clock(r.ruled.ruled_at_s) }}</span></h3>
        <p>It took <b>{{ r.ruled.choice.options[r.ruled.ruling.chosen] }}</b>: {{ r.ruled.ruling.sentence }}</p>
        <p class="fc-muted"><span v-for="(id, what) in r.ruled.subject" :key="what">{{ what }} {{ id }} · </span>{{ r.ruled.ruling_id }}</p>
        <ul><li v-for="(option, i) in r.ruled.choice.options" :key="i">{{ option }}: {{ percent(r.ruled.choice.scores[i]) }}</li></ul>
        <template v-if="data.user.acts">
          <div class="fc-decide-buttons">
            <button type="button" class="fc-plain" :aria-pressed="picked === r.ruled.ruling_id && verdict === 'right'" @click="pick(r, 'right')">Right</button>
            <button type="button" class="fc-plain" :aria-pressed="picked === r.ruled.ruling_id && verdict === 'wrong'" @click="pick(r, 'wrong')">Wrong…</button>
            <button type="button" class="fc-quiet" :aria-pressed="picked === r.ruled.ruling_id && verdict === 'cannot_tell'" @click="pick(r, 'cannot_tell')">Cannot tell</button>
          </div>
          <form v-if="picked === r.ruled.ruling_id" @submit.prevent="send(r)">
            <select v-if="verdict === 'wrong'" v-model="instead" aria-label="What would have been right">
              <option value="" disabled>What would have been right?</option>
              <option v-for="o in others(r)" :key="o" :value="o">{{ o }}</option>
            </select>
            <input v-model="reason" maxlength="2000" aria-label="Reason" placeholder="How you know (goes on record)" />
            <button type="submit" class="fc-plain" :disabled="!ready(r) || sending">Put on record: {{ plainly(verdict) }}</button>
          </form>
        </template>
      </article>
      <p v-if="refused" class="fc-refused" role="alert">{{ refused }}</p>
    </section>`,
};
