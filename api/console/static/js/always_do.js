// "Always do this": a standing order from a question that a person has answered.
import { call, newKey } from "./api.js";
import { show } from "./store.js";

export const AlwaysDo = {
  props: { question: Object },
  setup: () => ({ show }),
  data: () => ({ asking: false, name: "", reason: "", days: 7, when: "true", problem: "", made: "", sending: false }),
  computed: {
    missing() {
      if (!this.name.trim()) return "give it a name";
      if (!this.reason.trim()) return "write a reason";
      return this.days > 0 && this.days <= 90 ? "" : "say for how many days, at most 90";
    },
  },
  methods: {
    async make() {
      if (this.missing || this.sending) return;
      this.sending = true;
      const body = {
        order_id: this.name.trim(),
        reason: this.reason.trim(),
        expires_in_s: this.days * 86400,
        from_escalation: this.question.id,
        when: this.when.trim() || "true",
        objects: this.question.objects,
      };
      const result = await call("POST", "/v1/orders", body, { key: newKey() });
      this.sending = false;
      this.problem = result.ok ? "" : `Not recorded. ${result.message}`;
      if (result.ok) [this.made, this.asking] = [this.name.trim(), false];
    },
  },
  template: `
    <div class="fc-always">
      <button v-if="!asking && !made" type="button" class="fc-quiet" @click="asking = true">Always do this…</button>
      <p v-if="made">Standing order <a href="/console/decisions" @click.prevent="show('decisions')">{{ made }}</a> is on record. It
        answers once enough of people’s answers agree.</p>
      <form v-if="asking" class="fc-always-form" @submit.prevent="make">
        <p>Such questions are then answered <b>{{ question.decision.label }}</b> in <b>your</b> name: you are accountable for
          every answer. One in twenty is asked all the same.<template v-if="question.objects.length">
          Only about {{ question.objects.join(', ') }}.</template></p>
        <label>Name <input v-model="name" maxlength="64" placeholder="e.g. blue-boxes" /></label>
        <label>Days <input v-model.number="days" type="number" min="0.01" max="90" step="any" /></label>
        <label class="wide">Only when <input v-model="when" maxlength="2000" placeholder="a condition in CEL; true: always" /></label>
        <label class="wide">Why <input v-model="reason" maxlength="2000" placeholder="goes on record with every answer" /></label>
        <div class="fc-decide-buttons">
          <button type="submit" class="fc-go" :disabled="!!missing || sending">{{ missing ? 'First, ' + missing : 'Decide in advance' }}</button>
          <button type="button" class="fc-plain" @click="asking = false">No</button>
        </div>
        <p v-if="problem" class="fc-refused" role="alert">{{ problem }}</p>
      </form>
    </div>`,
};
