// What the accountable record has of a decision: its entry, and the proof that it is there, checked in this browser.
import { call } from "./api.js";

const bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

/** RFC 8785: names in order, numbers and texts as JSON.stringify writes them. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

async function hash(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", all));
}

/** RFC 9162, 2.1.3.2: whether the entry is where the bundle says, under the root of its checkpoint. */
async function isIncluded(entry, size, root) {
  let [fn, sn] = [entry.number, size - 1];
  let found = await hash(new Uint8Array([0]), new TextEncoder().encode(canonical(entry.record)));
  for (const text of entry.proof) {
    if (sn === 0) return false;
    const step = bytesOf(text);
    if (fn % 2 === 1 || fn === sn) {
      found = await hash(new Uint8Array([1]), step, found);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn / 2, Math.floor(sn / 2)];
    } else {
      found = await hash(new Uint8Array([1]), found, step);
    }
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return sn === 0 && same(found, root);
}

export const RecordLine = {
  props: { question: Object },
  data: () => ({ open: false, problem: "", entry: null, size: 0, origin: "", proof: "" }),
  computed: {
    about() {
      return `escalation:${this.question.id}`;
    },
    file() {
      return `/v1/audit/bundle?about=${encodeURIComponent(this.about)}`;
    },
    who() {
      return this.entry.record.accountable;
    },
  },
  methods: {
    async look() {
      this.open = true;
      this.problem = "";
      const result = await call("GET", this.file);
      if (!result.ok) {
        this.problem = result.message;
        return;
      }
      const [origin, size, root] = result.body.checkpoint.split("\n");
      this.entry = result.body.entries.find((e) => e.record.kind === "decision" && e.record.about.escalation === this.question.id) || null;
      this.origin = origin;
      this.size = Number(size);
      if (!this.entry) this.problem = "The decision is not in the record yet; look again in a moment.";
      else if (!window.crypto?.subtle) this.proof = "not checked: this browser checks only over https";
      else if (await isIncluded(this.entry, this.size, bytesOf(root))) this.proof = "holds, checked in this browser";
      else this.proof = "DOES NOT HOLD";
    },
  },
  template: `
    <div class="fc-record">
      <button v-if="!open" type="button" class="fc-quiet" @click="look">Record…</button>
      <template v-else>
        <p v-if="problem" class="fc-muted">{{ problem }} <button type="button" class="fc-quiet" @click="look">Look again</button></p>
        <dl v-if="entry" class="fc-figures">
          <dt>On record</dt><dd>entry {{ entry.number }} of {{ size }} in {{ origin }}</dd>
          <dt>Accountable</dt><dd>{{ who.name }} ({{ who.role }}): {{ who.because }}</dd>
          <dt>Signature</dt><dd>{{ entry.record.signature ? 'the person’s own key ' + entry.record.signature.key_id : 'none of the person; the server’s under the record' }}</dd>
          <dt>Proof</dt><dd :class="{ 'fc-alarm': proof === 'DOES NOT HOLD' }">{{ proof || 'being checked…' }}</dd>
          <dt>Take it along</dt><dd><a :href="file" download="audit-bundle.json">bundle for fleet audit verify</a></dd>
        </dl>
      </template>
    </div>`,
};
