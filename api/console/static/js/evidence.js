// What a question rests on: source, time, summary; opened, what exactly was seen or claimed.
import { clock, span } from "./format.js";
import { now } from "./store.js";

export const EvidenceList = {
  props: { evidence: Array },
  setup: () => ({ clock, now, span }),
  template: `
    <section class="fc-evidence">
      <h3>Evidence <span class="fc-num">{{ evidence.length }}</span></h3>
      <p v-if="!evidence.length" class="fc-none">None.</p>
      <details v-for="e in evidence" :key="e.ref + e.digest" :data-ref="e.ref">
        <summary>
          <span class="fc-ev-source">{{ e.source }}</span>
          <span class="fc-ev-time">{{ clock(e.at_s) }} <i>{{ span(now - e.at_s) }} ago</i></span>
          <span class="fc-ev-text">{{ e.summary }}</span>
        </summary>
        <ul><li v-for="(line, i) in e.details" :key="i">{{ line }}</li></ul>
        <p class="fc-digest">{{ e.kind }} {{ e.ref }} · SHA-256 {{ e.digest.slice(0, 16) }}…</p>
      </details>
    </section>`,
};
