// The keys, beside the work and not over it.
export const Help = {
  emits: ["close"],
  setup: () => ({
    keys: [
      ["Alt+H", "HOLD ALL, at once"],
      ["Alt+1 … Alt+6", "questions, floor, tasks, timeline, decisions, plan"],
      ["J / K", "next / previous question"],
      ["1 … 9", "choose an option"],
      ["A", "acknowledge: it is mine for a while"],
      ["R", "write the reason"],
      ["Ctrl+Enter", "decide (from the reason)"],
      ["/", "filter tasks or timeline"],
      ["Esc", "leave a field"],
    ],
  }),
  template: `
    <aside class="fc-help" aria-label="Keys">
      <button type="button" class="fc-quiet" @click="$emit('close')">Close</button>
      <dl><template v-for="[key, what] in keys" :key="key"><dt><kbd>{{ key }}</kbd></dt><dd>{{ what }}</dd></template></dl>
    </aside>`,
};
