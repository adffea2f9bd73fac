// The decision itself: a reason in words, bound to what was shown. Nothing is chosen beforehand.
import { call, newKey } from "./api.js";
import { span } from "./format.js";
import { signed, SigningKey } from "./signing.js";
import { data, drafts, now, ui } from "./store.js";

export const Decide = {
  components: { SigningKey },
  // Listeners as properties: an answer may come back when this is no longer on the page (somebody else was faster), and
  // what it says must be shown all the same; events of what is gone go nowhere.
  props: { question: Object, option: String, onAnswered: Function, onCommitted: Function, onRefused: Function },
  setup: () => ({ data, now, span }),
  data() {
    return { reason: drafts.get(this.question.id), sending: false, note: "", key: "", sent: "" };
  },
  computed: {
    label() {
      return this.question.options.find((option) => option.id === this.option)?.label || "";
    },
    missing() {
      if (!this.option) return this.question.blind ? "choose what you would do" : "choose an option";
      if (this.question.blind) return "";
      if (!this.reason.trim()) return "write a reason";
      return "";
    },
    mine() {
      return this.question.acknowledged_by === data.user.name;
    },
  },
  watch: {
    reason(text) {
      drafts.set(this.question.id, text);
    },
  },
  methods: {
    focus() {
      this.$refs.reason?.focus();
    },
    async commit() {
      const body = { option_id: this.option, shown_digest: this.question.digest };
      const path = `/v1/escalations/${encodeURIComponent(this.question.id)}/commit`;
      const result = await call("POST", path, body, { key: newKey() });
      this.sending = false;
      if (result.ok) this.onCommitted?.();
      else this.onRefused(`Not recorded. ${result.message}`);
    },
    async answer() {
      if (this.missing || this.sending) return;
      this.sending = true;
      this.onRefused("");
      if (this.question.blind) return this.commit();
      const body = { option_id: this.option, reason: this.reason.trim(), shown_digest: this.question.digest, previews_digest: this.question.previews };
      // The same answer sent again (no reply the first time) carries the same key, so that it counts once.
      const content = JSON.stringify(body);
      if (content !== this.sent) [this.key, this.sent] = [newKey(), content];
      const path = `/v1/escalations/${encodeURIComponent(this.question.id)}/decision`;
      const result = await call("POST", path, await signed(data.user.name, this.question.id, body), { key: this.key });
      this.sending = false;
      if (!result.ok) {
        this.onRefused(result.status === 202 ? result.message : `Not recorded. ${result.message}`);
        return;
      }
      drafts.set(this.question.id, "");
      this.onAnswered();
    },
    async acknowledge() {
      const path = `/v1/escalations/${encodeURIComponent(this.question.id)}/acknowledge`;
      const result = await call("POST", path, {}, { key: newKey() });
      this.note = result.ok ? "" : result.message;
    },
    keys(event) {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.answer();
    },
  },
  template: `
    <footer class="fc-decide">
      <p v-if="question.acknowledged_by" class="fc-muted">
        {{ mine ? 'You have' : question.acknowledged_by + ' has' }} acknowledged it, for another {{ span(question.acknowledged_until_s - now) }}.</p>
      <p v-if="note" class="fc-refused" role="alert">{{ note }}</p>
      <template v-if="data.user.acts">
        <div class="fc-decide-row">
          <p v-if="question.blind" class="fc-blind"><b>Drawn at random.</b> Say first what you would choose. Then you see what the
            fleet expects of each option, and decide; you may decide differently.</p>
          <textarea v-else ref="reason" v-model="reason" rows="2" maxlength="2000" aria-label="Reason"
                    placeholder="Why (goes on record under your name)" @keydown="keys"></textarea>
          <div class="fc-decide-buttons">
            <button type="button" class="fc-go" :disabled="!!missing || sending" @click="answer">
              <template v-if="sending">Sending…</template>
              <template v-else-if="missing">{{ question.blind ? missing : "To decide, " + missing }}</template>
              <template v-else-if="question.blind">I would choose: {{ label }}</template>
              <template v-else>Decide as {{ data.user.name }}: {{ label }}</template>
            </button>
            <button type="button" class="fc-plain" :disabled="mine" @click="acknowledge">Acknowledge: I have it</button>
          </div>
        </div>
        <SigningKey v-if="!question.blind" :operator="data.user.name" />
      </template>
      <p v-else class="fc-muted">You see this as a viewer; operators decide.</p>
    </footer>`,
};
