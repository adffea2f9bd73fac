// One question: what is asked and why, what is not known, the options side by side, the evidence, and the decision.
import { call } from "./api.js";
import { AlwaysDo } from "./always_do.js";
import { Decide } from "./decide.js";
import { EvidenceList } from "./evidence.js";
import { clock, countdown, percent, plainly, span } from "./format.js";
import { Preview } from "./preview.js";
import { RecordLine } from "./record.js";
import { watchLooks } from "./looks.js";
import { QueuePlace } from "./queue.js";
import { data, now, show } from "./store.js";

const Options = {
  components: { Preview },
  props: { question: Object, modelValue: String, acts: Boolean, replays: Object },
  emits: ["update:modelValue"],
  setup: () => ({ percent, span }),
  methods: {
    choose(option) {
      if (this.acts && option.possible) this.$emit("update:modelValue", option.id);
    },
    cell(option) {
      return { no: !option.possible, on: option.id === this.modelValue, can: this.acts && option.possible };
    },
    failed: (option) => option.checks.filter((check) => !check.ok),
    passed: (option) => option.checks.filter((check) => check.ok),
  },
  template: `
    <div class="fc-options-scroll">
    <table class="fc-options">
      <thead><tr>
        <th scope="row">Option</th>
        <th v-for="(o, i) in question.options" :key="o.id" scope="col" :class="cell(o)" :data-option="o.id" @click="choose(o)">
          <label>
            <input v-if="acts" type="radio" :name="'option-' + question.id" :value="o.id" :checked="o.id === modelValue"
                   :disabled="!o.possible" @change="choose(o)" />
            <kbd v-if="acts && i < 9">{{ i + 1 }}</kbd>
            <span class="fc-option-label">{{ o.label }}</span>
          </label>
          <span v-if="o.safe_default" class="fc-tag">safe default</span>
          <span v-if="!o.possible" class="fc-tag bad">not possible</span>
          <span v-if="question.decision && question.decision.option === o.id" class="fc-tag">{{ question.decision.how === 'safe_default' ? 'taken by default' : 'decided' }}</span>
        </th>
      </tr></thead>
      <tbody>
        <tr><th scope="row">Would do</th><td v-for="o in question.options" :key="o.id" :class="cell(o)" @click="choose(o)">{{ o.does }}</td></tr>
        <tr class="fc-expected"><th scope="row">Expected</th>
          <td v-for="o in question.options" :key="o.id" :class="cell(o)" @click="choose(o)">
            <Preview v-if="o.preview && o.preview.runs" :preview="o.preview" :replay="replays[o.id]" :label="o.label" />
            <dl v-else class="fc-figures">
              <dt>success</dt><dd :class="{ unknown: o.success === null }">{{ percent(o.success) }}</dd>
              <dt>takes</dt><dd :class="{ unknown: o.duration_s === null }">{{ o.duration_s === null ? 'not known' : span(o.duration_s) }}</dd>
              <dt>energy</dt><dd :class="{ unknown: o.energy_wh === null }">{{ o.energy_wh === null ? 'not known' : o.energy_wh.toFixed(1) + ' Wh' }}</dd>
              <dt>delays</dt><dd class="long">{{ o.makes_late === null ? 'not known' : o.makes_late.length ? o.makes_late.join(', ') : 'nothing' }}</dd>
            </dl>
            <p v-if="!o.preview || !o.preview.runs" class="fc-basis">Basis: {{ o.basis || 'not stated' }}
              <template v-if="o.preview">Rollouts: {{ o.preview.basis }}</template></p>
          </td></tr>
        <tr><th scope="row">If wrong</th><td v-for="o in question.options" :key="o.id" :class="cell(o)" @click="choose(o)">{{ o.if_wrong || 'not stated' }}</td></tr>
        <tr><th scope="row">Reversible</th>
          <td v-for="o in question.options" :key="o.id" :class="cell(o)" @click="choose(o)">
            <span v-if="o.reversible">yes</span><b v-else class="fc-irreversible">NO, cannot be undone</b></td></tr>
        <tr><th scope="row">Checks</th>
          <td v-for="o in question.options" :key="o.id" :class="cell(o)" @click="choose(o)">
            <ul class="fc-checks">
              <li v-for="c in failed(o)" :key="c.name" class="bad"><s>{{ c.name }}</s> {{ c.detail || 'does not hold' }}</li>
              <li v-for="c in passed(o)" :key="c.name">{{ c.name }}<template v-if="c.detail">: {{ c.detail }}</template></li>
              <li v-if="!o.checks.length" class="unknown">none</li>
            </ul>
          </td></tr>
      </tbody>
    </table>
    </div>`,
};

export const QuestionCard = {
  components: { AlwaysDo, Decide, EvidenceList, Options, QueuePlace, RecordLine },
  props: { question: Object, withEvidence: Boolean },
  setup: () => ({ data, now, clock, countdown, plainly, show, span }),
  // What was refused stays to be read, also when the question has been answered by somebody else meanwhile.
  data: () => ({ chosen: "", changed: "", refused: "", replays: {} }),
  computed: {
    open() {
      return this.question.state === "queued" || this.question.state === "acknowledged";
    },
    decided() {
      return this.question.decision ? this.question.decision.option : "";
    },
    left() {
      return this.question.deadline_s - now.value;
    },
  },
  watch: {
    // An answer is bound to what was read. When that changes, what was chosen no longer counts.
    "question.digest"() {
      if (!this.open) return;
      if (this.chosen) this.changed = "The question changed while you were reading. Please look again and choose anew.";
      this.chosen = "";
    },
    open(isOpen) {
      if (isOpen) return;
      this.changed = "";
      this.stop?.(); // what was looked at before the answer counts
      this.stop = null;
    },
    // What was said first is on record; the answer is a choice of its own.
    "question.blind"() {
      this.chosen = "";
    },
    // Rounds come while people read. They add to what is known; what was chosen stays chosen.
    "question.previews": { handler: "fetchReplays", immediate: true },
  },
  mounted() {
    window.addEventListener("keydown", this.key);
    if (this.open && data.user.acts) this.stop = watchLooks(this.question.id, () => this.open);
  },
  unmounted() {
    this.stop?.();
    window.removeEventListener("keydown", this.key);
  },
  methods: {
    labelOf(id) {
      return this.question.options.find((option) => option.id === id)?.label || id;
    },
    async fetchReplays() {
      if (!this.question.previews) {
        this.replays = {};
        return;
      }
      const result = await call("GET", `/v1/escalations/${encodeURIComponent(this.question.id)}`);
      if (!result.ok || result.body.previews_digest !== this.question.previews) return; // a newer round is on its way
      this.replays = Object.fromEntries(result.body.previews.map((p) => [p.option_id, p.replay]));
    },
    key(event) {
      const ui = this.$el.closest(".fc-inbox");
      if (!ui || ui.style.display === "none" || !this.open || !data.user.acts) return;
      if (event.altKey || event.ctrlKey || event.metaKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
      const option = this.question.options[Number(event.key) - 1];
      if (option && option.possible) this.chosen = option.id;
      else if (event.key === "r") {
        event.preventDefault();
        this.$refs.decide.focus();
      } else if (event.key === "a") this.$refs.decide.acknowledge();
    },
  },
  template: `
    <section class="fc-card" :class="'sev-' + question.severity" aria-label="Question">
      <div class="fc-card-body">
        <div class="fc-card-top">
          <span class="fc-sev">{{ question.severity }}</span>
          <span>{{ question.why }}</span>
          <span class="fc-muted">{{ question.decision_class }} · asked {{ clock(question.raised_at_s) }} by {{ question.raised_by }} · {{ question.id }}</span>
        </div>
        <h1>{{ question.question }}</h1>
        <div class="fc-facts">
          <div class="fc-unknowns"><h3>What the fleet does not know</h3>
            <ul><li v-for="u in question.unknowns" :key="u">{{ u }}</li><li v-if="!question.unknowns.length" class="unknown">nothing stated</li></ul>
          </div>
          <div><h3>Concerns</h3>
            <ul>
              <li v-for="t in question.tasks" :key="t.id"><a href="/console/tasks" @click.prevent="show('tasks')">{{ t.id }}</a>
                {{ t.title }}<template v-if="t.why">, because {{ t.why }}</template></li>
              <li v-for="r in question.robots" :key="r"><a href="/console/floor" @click.prevent="show('floor', { robot: r })">{{ r }}</a></li>
              <li v-for="o in question.objects" :key="o">{{ o }}</li>
              <li v-if="!question.tasks.length && !question.robots.length && !question.objects.length" class="unknown">nothing named</li>
            </ul>
          </div>
          <div v-if="open" class="fc-deadline" :class="{ soon: left < 30 }">
            <h3>Time left</h3>
            <div class="fc-big">{{ countdown(left) }}</div>
            <p>then, by itself: <b>{{ question.safe_default_label }}</b></p>
          </div>
        </div>
        <details v-if="question.gate" class="fc-what" data-gate><summary>Why the fleet did not decide this itself<template v-if="question.gate.because.length">: {{ question.gate.because[0].name.toLowerCase() }}</template></summary>
          <p v-for="c in question.gate.because" :key="c.name"><b>{{ c.name }}</b>: {{ c.detail }}</p>
          <table v-if="question.gate.scores.length" class="fc-table"><thead><tr><th>It could be</th><th class="r">Score</th><th>Could be right</th></tr></thead>
            <tbody><tr v-for="s in question.gate.scores" :key="s.option"><td>{{ s.option }}</td><td class="r">{{ s.score }}</td><td>{{ s.could_be ? 'yes' : 'no' }}</td></tr></tbody></table>
          <p class="fc-muted"><template v-for="(n, i) in question.gate.numbers" :key="n.name">{{ i ? ' · ' : '' }}{{ n.name }}: {{ n.value }}</template> · ruling {{ question.gate.id }}</p>
        </details>
        <details v-if="question.precedents.length" class="fc-what" data-precedents><summary>What people decided in the {{ question.precedents.length > 1 ? question.precedents.length + ' cases' : 'case' }} most like this</summary>
          <p v-for="p in question.precedents" :key="p.id"><b>{{ p.by }}</b> decided <b>{{ p.label }}</b> at {{ clock(p.at_s) }} ({{ p.id }}), because “{{ p.reason }}”: {{ p.turned_out }}.
            <span class="fc-muted">{{ p.question }}<template v-if="p.distance !== null"> · distance {{ p.distance }}</template></span></p>
        </details>
        <p v-if="open && question.said_first" class="fc-blind">You said first: <b>{{ labelOf(question.said_first) }}</b>. Here is what the
          fleet expects; decide as you now think right.</p>
        <QueuePlace v-if="open" :question="question" :acts="data.user.acts" />
        <p v-if="changed" class="fc-warning" role="alert">{{ changed }}</p>
        <Options :question="question" :replays="replays" :acts="open && data.user.acts" :model-value="open ? chosen : decided" @update:model-value="chosen = $event" />
        <EvidenceList v-if="withEvidence" :evidence="question.evidence" />
      </div>
      <p v-if="refused" class="fc-refused fc-refused-wide" role="alert">{{ refused }}
        <button type="button" class="fc-quiet" @click="refused = ''">Close</button></p>
      <Decide v-if="open" ref="decide" :question="question" :option="chosen" @answered="changed = ''" @refused="refused = $event" />
      <footer v-else class="fc-decided">
        <p v-if="question.decision && question.decision.how === 'answered'">
          <b>{{ question.decision.operator }}</b> ({{ question.decision.role }}) decided <b>{{ question.decision.label }}</b>
          at {{ clock(question.decision.at_s) }}, after {{ span(question.decision.took_s) }}: “{{ question.decision.reason }}”</p>
        <p v-else-if="question.decision && question.decision.how === 'standing_order'">
          <b>{{ question.decision.operator }}</b> had decided in advance: <b>{{ question.decision.label }}</b>
          at {{ clock(question.decision.at_s) }} ({{ question.decision.reason }}).</p>
        <p v-else-if="question.decision">Nobody answered in time. The safe default <b>{{ question.decision.label }}</b> was taken
          at {{ clock(question.decision.at_s) }}; {{ question.decision.operator }} answers for it.</p>
        <p v-else>The situation changed before anybody answered<template v-if="question.replaced_by">; it was asked again</template>.</p>
        <p v-for="line in question.beside" :key="line" class="fc-muted">{{ line }}</p>
        <AlwaysDo v-if="data.user.acts && question.decision && question.decision.how === 'answered'" :question="question" />
        <RecordLine v-if="question.decision" :key="question.id" :question="question" />
        <p class="fc-muted">{{ plainly(question.state) }}<template v-if="question.carried_out"> · {{ question.carried_out }}</template>
          <template v-if="question.replaced_by"> · now {{ question.replaced_by }}</template></p>
      </footer>
    </section>`,
};
