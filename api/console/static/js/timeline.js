// The journal in words, newest first.
import { clock } from "./format.js";
import { data, ui } from "./store.js";

const TOPICS = ["question", "task", "robot", "person", "evidence", "system"];
const ROWS = 600;

export const TimelineView = {
  emits: ["older"],
  setup: () => ({ clock, data, TOPICS }),
  data: () => ({ topics: [], minor: false, text: "", asked: 0 }),
  computed: {
    fitting() {
      const words = this.text.toLowerCase().split(/\s+/).filter(Boolean);
      return data.timeline
        .filter((line) => this.minor || line.tone !== "minor")
        .filter((line) => !this.topics.length || this.topics.includes(line.topic))
        .filter((line) => words.every((word) => line.text.toLowerCase().includes(word)));
    },
    lines() {
      return this.fitting.slice(-ROWS).reverse();
    },
    waiting() {
      return this.asked === data.timelineFrom;
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
      if (event.key !== "/" || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
      event.preventDefault();
      this.$refs.text.focus();
    },
    toggle(topic) {
      this.topics = this.topics.includes(topic) ? this.topics.filter((t) => t !== topic) : [...this.topics, topic];
    },
    older() {
      this.asked = data.timelineFrom;
      this.$emit("older", { before: data.timelineFrom });
    },
  },
  template: `
    <div class="fc-timeline">
      <div class="fc-toolbar">
        <div class="fc-chips" role="group" aria-label="Topics">
          <button type="button" :class="{ on: !topics.length }" @click="topics = []">All</button>
          <button v-for="t in TOPICS" :key="t" type="button" :class="{ on: topics.includes(t) }" @click="toggle(t)">{{ t }}</button>
        </div>
        <label class="fc-check"><input v-model="minor" type="checkbox" /> every report</label>
        <input ref="text" v-model="text" type="search" placeholder="Filter by words ( / )" aria-label="Filter by words" />
        <span class="fc-muted">record {{ data.live.seq }}</span>
      </div>
      <div class="fc-scroll">
        <table class="fc-table fc-lines"><tbody>
          <tr v-for="l in lines" :key="l.seq" :class="'tone-' + (l.tone || 'plain')" :data-seq="l.seq">
            <td class="fc-when">{{ clock(l.at_s) }}</td><td class="fc-topic">{{ l.topic }}</td><td>{{ l.text }}</td><td class="r fc-seq">{{ l.seq }}</td></tr>
        </tbody></table>
        <p v-if="!lines.length" class="fc-none">{{ data.timeline.length ? 'Nothing fits the filter.' : 'The journal is empty.' }}</p>
        <p v-if="fitting.length > lines.length" class="fc-none">{{ fitting.length - lines.length }} older lines fit; filter to see them.</p>
        <p v-else-if="data.timelineFrom > 1" class="fc-none"><button type="button" class="fc-plain" :disabled="waiting" @click="older">{{ waiting ? 'Reading…' : 'Older' }}</button></p>
      </div>
    </div>`,
};
