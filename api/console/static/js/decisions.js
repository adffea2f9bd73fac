// How I decide (told to me first), and what people decided in advance.
import { call, newKey } from "./api.js";
import { clock, percent, plainly, span } from "./format.js";
import { Reviews } from "./reviews.js";
import { data } from "./store.js";

const REFRESH_MS = 5000;

function of(part, whole) {
  return whole ? `${part} of ${whole}` : "none yet";
}

export const DecisionsView = {
  components: { Reviews },
  setup: () => ({ clock, data, of, percent, plainly, span }),
  data: () => ({ mine: null, orders: [], people: [], problem: "", revoking: "", reason: "", refused: "" }),
  computed: {
    lines() {
      const p = this.mine;
      if (!p) return [];
      const high = p.by_severity.high || 0;
      const out = p.turned_out;
      return [
        ["Answered", `${p.answered}${p.median_s === null ? "" : `, half of them within ${span(p.median_s)}`}`],
        ["Turned out", `${out.well} well, ${out.came_back} came back, ${out.failed} failed, ${out.open} not known yet, ${out.ended} with nothing left to do`],
        ["High severity", high ? `${high}; ${p.hasty} within 5 s, ${p.unread} without opening evidence` : "none yet"],
        ["Evidence open", p.measured ? `${span(p.median_evidence_s)} (median of ${p.measured})` : "not measured yet"],
        ["Said first, then changed", of(p.changed, p.blind)],
        ["Same as most others", of(p.agreed, p.compared)],
        ["Synthetic questions noticed", of(p.canaries.caught, p.canaries.caught + p.canaries.missed)],
        ["Answered by my standing orders", `${p.answered_by_orders}`],
        ["Safe defaults in my name", `${p.by_default}`],
      ];
    },
    live() {
      return this.orders.filter((o) => !["revoked", "expired"].includes(o.state));
    },
    ended() {
      return this.orders.length - this.live.length;
    },
  },
  mounted() {
    this.fetch();
    this.timer = setInterval(() => this.fetchOrders(), REFRESH_MS);
  },
  unmounted() {
    clearInterval(this.timer);
  },
  methods: {
    async fetch() {
      this.fetchOrders();
      const mine = await call("GET", "/v1/me/oversight");
      this.problem = mine.ok ? "" : mine.message;
      if (!mine.ok) return;
      this.mine = mine.body;
      // It has been shown to the person themselves: only now may admins see it.
      if (data.user.acts) await call("POST", "/v1/me/oversight/seen", { until_s: mine.body.until_s }, { key: newKey() });
      if (data.user.role === "admin") {
        const people = await call("GET", "/v1/people/oversight");
        if (people.ok) this.people = people.body.items;
      }
    },
    async fetchOrders() {
      const orders = await call("GET", "/v1/orders?limit=500");
      if (orders.ok) this.orders = orders.body.items;
    },
    mayRevoke(order) {
      return data.user.acts && (order.owner === data.user.name || data.user.role === "admin");
    },
    async revoke(order) {
      if (!this.reason.trim()) return;
      const path = `/v1/orders/${encodeURIComponent(order.order_id)}/revoke`;
      const result = await call("POST", path, { reason: this.reason.trim() }, { key: newKey() });
      this.refused = result.ok ? "" : result.message;
      if (result.ok) [this.revoking, this.reason] = ["", ""];
      this.fetchOrders();
    },
  },
  template: `
    <div class="fc-decisions">
      <section aria-label="My decisions">
        <h2>My decisions</h2>
        <p class="fc-muted">Shown to you before anybody else. Admins see it once you have, or after a week.</p>
        <p v-if="problem" class="fc-refused" role="alert">{{ problem }}</p>
        <table v-if="mine" class="fc-table"><tbody>
          <tr v-for="[name, value] in lines" :key="name"><th scope="row">{{ name }}</th><td>{{ value }}</td></tr>
        </tbody></table>
      </section>
      <section aria-label="Standing orders">
        <h2>Standing orders <span class="fc-num">{{ live.length }}</span></h2>
        <p class="fc-muted">Decided in advance by a person, who is accountable for every answer. They answer only while people agree with
          them, never what is reserved or of high severity.</p>
        <p v-if="!live.length" class="fc-none">None. An answered question has “Always do this…”.</p>
        <article v-for="o in live" :key="o.order_id" class="fc-order" :class="o.state" :data-order="o.order_id">
          <h3>{{ o.order_id }} <span class="fc-tag" :class="{ bad: o.state === 'suspended' }">{{ o.state }}</span></h3>
          <p><b>{{ o.owner }}</b> answers {{ plainly(o.decision_class) }} with <b>{{ o.option_id }}</b>: {{ o.reason }}</p>
          <p v-if="o.when !== 'true'">only when <code>{{ o.when }}</code></p>
          <p v-for="scope in ['zones', 'robots', 'objects']" v-show="o[scope].length" :key="scope">only {{ scope }}: {{ o[scope].join(', ') }}</p>
          <p>{{ o.agreed }} of {{ o.asked }} answers by people agree: in at least <b>{{ percent(o.agreed_at_least) }}</b> of cases with 95 %
            confidence, needed {{ percent(o.needed) }}. Answered {{ o.applied }}, asked again {{ o.asked_again }}. Ends {{ clock(o.expires_at_s) }}.</p>
          <p class="fc-muted">{{ o.because }}</p>
          <template v-if="mayRevoke(o)">
            <button v-if="revoking !== o.order_id" type="button" class="fc-quiet" @click="revoking = o.order_id">Take it back…</button>
            <form v-else @submit.prevent="revoke(o)">
              <input v-model="reason" maxlength="2000" aria-label="Reason" placeholder="Why (goes on record)" />
              <button type="submit" class="fc-plain" :disabled="!reason.trim()">Take it back</button>
              <button type="button" class="fc-quiet" @click="revoking = ''">No</button>
            </form>
          </template>
        </article>
        <p v-if="refused" class="fc-refused" role="alert">{{ refused }}</p>
        <p v-if="ended" class="fc-muted">{{ ended }} more have ended.</p>
      </section>
      <Reviews />
      <section v-if="people.length" aria-label="People">
        <h2>People <span class="fc-num">{{ people.length }}</span></h2>
        <p class="fc-muted">As far as they have been shown it themselves, or a week ago.</p>
        <table class="fc-table"><thead><tr><th>Person</th><th>up to</th><th>answered</th><th>changed</th><th>like others</th><th>noticed</th></tr></thead>
          <tbody><tr v-for="p in people" :key="p.person"><th scope="row">{{ p.person }}</th><td>{{ clock(p.until_s) }}</td><td>{{ p.answered }}</td>
            <td>{{ of(p.changed, p.blind) }}</td><td>{{ of(p.agreed, p.compared) }}</td>
            <td>{{ of(p.canaries.caught, p.canaries.caught + p.canaries.missed) }}</td></tr></tbody></table>
      </section>
    </div>`,
};
