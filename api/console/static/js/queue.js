// A question's place in the queue: who was told and who is next, handing it on, putting it aside; floods and silences.
import { call, newKey } from "./api.js";
import { clock, span } from "./format.js";
import { data, now } from "./store.js";

const SOON_S = 60;

/** What it costs to let it wait, as the server orders it: dearest first. */
export function waitingCost(question, at) {
  const left = Math.max(question.deadline_s - at, 1);
  return (question.queue ? question.queue.cost.base : 1) * (1 + SOON_S / left);
}

export const isAside = (question) => Boolean(question.queue && question.queue.shelved);
export const isSilenced = (question) => Boolean(question.queue && question.queue.suppressed);

/** Above the list: a flood, and what silences questions. */
export const QueueBanner = {
  emits: ["open"],
  setup: () => ({ data, clock, span, now }),
  computed: {
    queue() {
      return data.inbox.queue || { flood: null, sources: [] };
    },
  },
  template: `
    <div class="fc-queue-banner">
      <p v-if="queue.flood" class="fc-flood" role="alert"><b>Flood of questions</b> since {{ clock(queue.flood.since_s) }}:
        {{ queue.flood.questions }} so far. They are ordered by what waiting costs; people were called once.</p>
      <details v-for="s in queue.sources" :key="s.source" class="fc-source" :open="s.escalation_ids.length > 0">
        <summary><b>{{ s.source }}</b>: {{ s.what }}<template v-if="s.until_s"> (for another {{ span(s.until_s - now) }})</template></summary>
        <p v-if="!s.escalation_ids.length" class="fc-muted">Silences nothing now.</p>
        <p v-else class="fc-muted">Silences
          <template v-for="(id, i) in s.escalation_ids" :key="id">{{ i ? ', ' : ' ' }}<a href="#" @click.prevent="$emit('open', id)">{{ id }}</a></template></p>
      </details>
    </div>`,
};

const MINUTES = [5, 10, 20, 30];

/** Those behind a tier: names as they are, roles and the shift's lead in words. */
function names(to) {
  const said = (name) => (name === "accountable" ? "who answers for the shift" : name.replace(/^role:/, "everybody in the role "));
  return to.map(said).join(", ");
}

/** In the question's card: the tiers, and what can be done besides answering. */
export const QueuePlace = {
  props: { question: Object, acts: Boolean },
  setup: () => ({ data, now, clock, names, span, MINUTES }),
  data: () => ({ asking: "", to: "", minutes: 10, reason: "", note: "", sending: false }),
  computed: {
    place() {
      return this.question.queue;
    },
    next() {
      const { place, question } = this;
      if (!place || place.shelved || place.suppressed || question.acknowledged_by || place.notified_at_s === null) return "";
      const tier = place.tiers[Math.max(place.tier, 0)];
      const after = place.tiers[place.tier + 1];
      if (!after) return "";
      const left = place.notified_at_s + tier.within_s - now.value;
      return left > 0 ? `${names(after.to)} in ${span(left)}` : names(after.to);
    },
  },
  methods: {
    ask(what) {
      this.asking = this.asking === what ? "" : what;
      this.note = "";
    },
    async act(what, body) {
      if (this.sending) return;
      this.sending = true;
      const path = `/v1/escalations/${encodeURIComponent(this.question.id)}/${what}`;
      const result = await call("POST", path, { ...body, reason: this.reason.trim() }, { key: newKey() });
      this.sending = false;
      this.note = result.ok ? "" : result.message;
      if (result.ok) [this.asking, this.reason, this.to] = ["", "", ""];
    },
    back() {
      this.reason = this.reason || "I have time for it now";
      this.act("unshelve", {});
    },
  },
  template: `
    <div v-if="place" class="fc-place">
      <ol class="fc-tiers" aria-label="Who is told">
        <li v-for="(t, i) in place.tiers" :key="i" :class="{ told: t.told_at_s !== null }">
          <b>{{ names(t.people.length ? t.people : t.to) }}</b>{{ ' ' }}<span class="fc-muted">{{ t.told_at_s === null ? 'not told yet' : 'told ' + clock(t.told_at_s) }}</span></li>
      </ol>
      <p class="fc-muted"><template v-if="next">Next: {{ next }}. </template>
        <template v-if="place.together > 1">One of {{ place.together }} questions of group {{ place.group }}. </template>
        <template v-if="place.delegated_to">{{ place.delegated_by }} handed it on to {{ place.delegated_to }}. </template></p>
      <p v-if="place.shelved" class="fc-warning">Put aside by {{ place.shelved.by }} for another
        {{ span(place.shelved.until_s - now) }}: “{{ place.shelved.reason }}”. Its deadline stays.
        <button v-if="acts" type="button" class="fc-quiet" @click="back">Fetch it back</button></p>
      <p v-if="place.suppressed" class="fc-warning">Nobody is told of it now: {{ place.suppressed.because }}.</p>
      <div v-if="acts && !place.shelved" class="fc-place-acts">
        <button type="button" class="fc-quiet" :aria-expanded="asking === 'delegate'" @click="ask('delegate')">Hand on…</button>
        <button type="button" class="fc-quiet" :aria-expanded="asking === 'shelve'" @click="ask('shelve')">Put aside…</button>
      </div>
      <form v-if="asking" class="fc-place-form" @submit.prevent="asking === 'delegate' ? act('delegate', { to: to.trim() }) : act('shelve', { for_s: 60 * minutes })">
        <input v-if="asking === 'delegate'" v-model="to" aria-label="To whom" placeholder="To whom (their name here)" maxlength="64" />
        <select v-else v-model.number="minutes" aria-label="For how long">
          <option v-for="m in MINUTES" :key="m" :value="m">for {{ m }} min</option></select>
        <input v-model="reason" aria-label="Reason" placeholder="Why (on record under your name)" maxlength="500" />
        <button type="submit" class="fc-plain" :disabled="sending || !reason.trim() || (asking === 'delegate' && !to.trim())">
          {{ asking === 'delegate' ? 'Hand on' : 'Put aside' }}</button>
      </form>
      <p v-if="note" class="fc-refused" role="alert">{{ note }}</p>
    </div>`,
};
