// Why this robot and not another, in words; asked of the API when somebody wants to know.
import { call } from "./api.js";

export const Why = {
  props: { task: { type: String, required: true } },
  data: () => ({ found: null, problem: "", asking: true }),
  async mounted() {
    const result = await call("GET", `/v1/tasks/${encodeURIComponent(this.task)}/why`, undefined, { timeoutMs: 10000 });
    this.asking = false;
    if (result.ok) this.found = result.body;
    else this.problem = result.message;
  },
  template: `
    <div class="fc-why">
      <p v-if="asking" class="fc-muted">Why this robot: asking…</p>
      <p v-if="problem" class="fc-refused" role="alert">{{ problem }}</p>
      <template v-if="found"><p>{{ found.sentence }}</p>
        <ul><li v-for="a in found.alternatives" :key="a.robot_id"><b>{{ a.robot_id }}</b>: {{ a.because }}</li></ul></template>
    </div>`,
};
