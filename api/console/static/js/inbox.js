// Questions to people: the list by what waiting costs, and the one that is being read.
import { EvidenceList } from "./evidence.js";
import { countdown, span } from "./format.js";
import { FloorPlan } from "./plan.js";
import { QuestionCard } from "./question.js";
import { QueueBanner, isAside, isSilenced, waitingCost } from "./queue.js";
import { data, now, questionsById, ui } from "./store.js";

const WIDE = window.matchMedia("(min-width: 1251px)");
const RANK = { high: 0, medium: 1, low: 2 };

export const InboxView = {
  components: { EvidenceList, FloorPlan, QuestionCard, QueueBanner },
  setup: () => ({ data, ui, now, countdown, span }),
  data: () => ({ wide: WIDE.matches }),
  computed: {
    open() {
      const list = data.inbox.open.filter((question) => !isAside(question) && !isSilenced(question));
      if (ui.order === "cost") {
        list.sort((a, b) => waitingCost(b, now.value) - waitingCost(a, now.value) || a.deadline_s - b.deadline_s);
      } else if (ui.order === "severity") {
        list.sort((a, b) => RANK[a.severity] - RANK[b.severity] || a.deadline_s - b.deadline_s);
      }
      return list;
    },
    /** Questions of one group stand together, where the dearest of them stands. */
    groups() {
      const found = new Map();
      for (const question of this.open) {
        const name = (question.queue && question.queue.group) || question.id;
        if (!found.has(name)) found.set(name, []);
        found.get(name).push(question);
      }
      return [...found].map(([name, questions]) => ({ name, questions }));
    },
    shown() {
      return this.groups.flatMap((group) => group.questions);
    },
    aside() {
      return data.inbox.open.filter(isAside);
    },
    silenced() {
      return data.inbox.open.filter((question) => isSilenced(question) && !isAside(question));
    },
    chosen() {
      return questionsById.value.get(ui.question) || null;
    },
    focus() {
      return this.chosen ? { robots: this.chosen.robots, objects: this.chosen.objects } : { robots: [], objects: [] };
    },
  },
  watch: {
    open: {
      immediate: true,
      handler() {
        // Nothing is taken from under the reader: only an empty page is filled by itself.
        if (!this.chosen && this.shown.length) ui.question = this.shown[0].id;
      },
    },
  },
  mounted() {
    window.addEventListener("keydown", this.key);
    WIDE.addEventListener("change", this.widened);
  },
  unmounted() {
    WIDE.removeEventListener("change", this.widened);
    window.removeEventListener("keydown", this.key);
  },
  methods: {
    widened(event) {
      this.wide = event.matches;
    },
    left(question) {
      return question.deadline_s - now.value;
    },
    key(event) {
      if (ui.view !== "inbox" || event.altKey || event.ctrlKey || event.metaKey) return;
      if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
      const step = { j: 1, k: -1 }[event.key];
      if (!step) return;
      const all = [...this.shown, ...this.aside, ...this.silenced, ...data.inbox.ended];
      const at = all.findIndex((question) => question.id === ui.question);
      const next = all[Math.min(all.length - 1, Math.max(0, at + step))];
      if (next) ui.question = next.id;
    },
    how(question) {
      if (!question.decision) return question.state === "stale" ? "overtaken by events" : "closed";
      if (question.decision.how === "standing_order") return `${question.decision.operator} in advance`;
      if (question.decision.how === "safe_default") return "safe default, nobody answered";
      return `${question.decision.operator} in ${span(question.decision.took_s)}`;
    },
  },
  template: `
    <div class="fc-inbox">
      <section class="fc-list" aria-label="Open questions">
        <h2>Open <span class="fc-num">{{ open.length }}</span>
          <span class="fc-switch">by
            <button type="button" :class="{ on: ui.order === 'cost' }" title="severity, time left, tasks that wait or get late, people near" @click="ui.order = 'cost'">cost of waiting</button>
            <button type="button" :class="{ on: ui.order === 'time' }" @click="ui.order = 'time'">time left</button>
            <button type="button" :class="{ on: ui.order === 'severity' }" @click="ui.order = 'severity'">severity</button>
          </span>
        </h2>
        <QueueBanner @open="ui.question = $event" />
        <p v-if="!open.length" class="fc-none">No question waits for an answer.</p>
        <div v-for="g in groups" :key="g.name" :class="{ 'fc-group': g.questions.length > 1 }">
        <p v-if="g.questions.length > 1" class="fc-group-name">{{ g.questions.length }} questions together ({{ g.name }})</p>
        <button v-for="q in g.questions" :key="q.id" type="button" class="fc-item" :data-question="q.id"
                :class="['sev-' + q.severity, { on: q.id === ui.question }]" @click="ui.question = q.id">
          <span class="fc-item-top">
            <span class="fc-sev">{{ q.severity }}</span>
            <span class="fc-left" :class="{ soon: left(q) < 30 }">{{ countdown(left(q)) }}</span>
          </span>
          <span class="fc-item-text">{{ q.question }}</span>
          <span class="fc-item-sub">{{ q.why }}<template v-if="q.acknowledged_by"> · {{ q.acknowledged_by }} has it</template></span>
        </button>
        </div>
        <template v-for="part in [{ name: 'Put aside', list: aside }, { name: 'Silenced', list: silenced }]" :key="part.name">
          <h2 v-if="part.list.length">{{ part.name }} <span class="fc-num">{{ part.list.length }}</span></h2>
          <button v-for="q in part.list" :key="q.id" type="button" class="fc-item aside" :data-question="q.id"
                  :class="['sev-' + q.severity, { on: q.id === ui.question }]" @click="ui.question = q.id">
            <span class="fc-item-text">{{ q.question }}</span>
            <span class="fc-item-sub">{{ q.queue.shelved ? 'back in ' + span(q.queue.shelved.until_s - now) : q.queue.suppressed.because }} · deadline {{ countdown(left(q)) }}</span>
          </button>
        </template>
        <h2>Answered <span class="fc-num">{{ data.inbox.ended_total }}</span></h2>
        <p v-if="!data.inbox.ended.length" class="fc-none">Nothing yet.</p>
        <button v-for="q in data.inbox.ended" :key="q.id" type="button" class="fc-item ended" :data-question="q.id"
                :class="{ on: q.id === ui.question }" @click="ui.question = q.id">
          <span class="fc-item-text">{{ q.question }}</span>
          <span class="fc-item-sub"><b v-if="q.decision">{{ q.decision.label }}</b> · {{ how(q) }}</span>
        </button>
      </section>
      <QuestionCard v-if="chosen" :key="chosen.id" :question="chosen" :with-evidence="!wide" />
      <section v-else class="fc-card fc-empty"><p>Questions that the fleet cannot answer by itself appear here.</p></section>
      <aside class="fc-where" aria-label="Where">
        <FloorPlan v-if="wide && ui.view === 'inbox'" :focus="focus" small />
        <EvidenceList v-if="chosen && wide" :key="chosen.id" :evidence="chosen.evidence" />
      </aside>
    </div>`,
};
