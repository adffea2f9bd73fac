// The strip on top: where, when, how old the data are, who is logged in, what waits. Hold-all is not here: see hold.js.
import { call } from "./api.js";
import { age, clock } from "./format.js";
import { data, quietS, show, ui } from "./store.js";

const STALE_S = 2;
const LEADER_STALE_S = 3;

export const Header = {
  setup: () => ({ data, ui, show, clock, age, quietS }),
  computed: {
    views() {
      const attention = data.tasks.counts.blocked || 0;
      return [
        { id: "inbox", label: "Questions", count: data.inbox.open.length, loud: data.inbox.open.length > 0 },
        { id: "floor", label: "Floor", count: this.troubled, loud: this.troubled > 0 },
        { id: "tasks", label: "Tasks", count: attention, loud: attention > 0 },
        { id: "timeline", label: "Timeline", count: 0, loud: false },
        { id: "decisions", label: "Decisions", count: 0, loud: false },
        { id: "plan", label: "Plan", count: data.schedule.unplaced.length, loud: data.schedule.unplaced.length > 0 },
      ];
    },
    troubled() {
      return data.live.robots.filter((r) => ["fallen", "silent", "fault", "unheard"].includes(r.state)).length;
    },
    dataAge() {
      return quietS.value + (data.live.journal_age_s || 0);
    },
    link() {
      if (quietS.value > STALE_S) return { loud: true, text: `no data for ${age(quietS.value)}` };
      if (data.live.problem) return { loud: true, text: `journal stopped: ${data.live.problem}` };
      if (!data.live.caught_up) return { loud: true, text: "reading the journal" };
      if (this.dataAge > STALE_S) return { loud: true, text: `journal not read for ${age(this.dataAge)}` };
      return { loud: false, text: `data ${age(this.dataAge)} old` };
    },
    leader() {
      const leader = data.live.leader;
      if (!leader) return { loud: true, text: "no supervisor heard" };
      const since = leader.age_s + quietS.value;
      if (since > LEADER_STALE_S) return { loud: true, text: `supervisor silent for ${age(since)}` };
      return { loud: false, text: "" };
    },
  },
  methods: {
    async logout() {
      await call("POST", "/v1/logout", {});
      location.assign("/console/login");
    },
  },
  template: `
    <header class="fc-header">
      <div class="fc-where-when">
        <div class="fc-site" :title="data.plan.site_id">{{ data.plan.name }}</div>
        <div class="fc-status">
          <span class="fc-clock" title="Fleet time">{{ clock(data.live.now_s) }}</span>
          <span class="fc-link" :class="{ loud: link.loud }" :role="link.loud ? 'alert' : null">{{ link.text }}</span>
          <span v-if="leader.loud" class="fc-lead loud" role="alert">{{ leader.text }}</span>
        </div>
      </div>
      <nav class="fc-nav" aria-label="Views">
        <a v-for="(v, i) in views" :key="v.id" :href="'/console/' + (v.id === 'inbox' ? '' : v.id)"
           :class="{ on: ui.view === v.id }" :aria-current="ui.view === v.id ? 'page' : null"
           :title="'Alt+' + (i + 1)" @click.prevent="show(v.id)">
          {{ v.label }}<span v-if="v.count" class="fc-count" :class="{ loud: v.loud }">{{ v.count }}</span>
        </a>
      </nav>
      <div class="fc-user">
        <div class="fc-name" :title="data.user.name">{{ data.user.name }}</div>
        <div class="fc-user-row"><span class="fc-role">{{ data.user.role }}</span>
          <button type="button" class="fc-quiet" title="Keys" @click="ui.help = !ui.help">Keys ?</button>
          <button type="button" class="fc-quiet" @click="logout">Log out</button></div>
      </div>
    </header>`,
};
