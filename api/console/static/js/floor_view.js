// The floor: the plan, all robots in a table, and the card of the one that was picked.
import { age, percent } from "./format.js";
import { FloorPlan } from "./plan.js";
import { RobotCard } from "./robot_card.js";
import { ageOf, data, robotsById, ui } from "./store.js";
import { TrafficTable } from "./traffic.js";

// What needs attention comes first.
const ORDER = ["fallen", "fault", "silent", "unheard", "taken_over", "holding", "aside", "working", "idle"];
const WORDS = {
  fallen: "FALLEN",
  fault: "fault",
  silent: "not heard",
  unheard: "never heard",
  taken_over: "taken over",
  holding: "holding",
  aside: "kept aside",
  working: "working",
  idle: "idle",
};

export const FloorView = {
  components: { FloorPlan, RobotCard, TrafficTable },
  setup: () => ({ age, ageOf, data, percent, ui, WORDS }),
  computed: {
    robots() {
      const rank = (robot) => ORDER.indexOf(robot.state);
      return [...data.live.robots].sort((a, b) => rank(a) - rank(b) || a.id.localeCompare(b.id, "en", { numeric: true }));
    },
    picked() {
      return robotsById.value.get(ui.robot) || null;
    },
  },
  methods: {
    unusual: (robot) => !["standing", "walking", "fallen", undefined].includes(robot.posture),
    battery: (robot) => (robot.battery === undefined ? "–" : percent(robot.battery)),
    pick(robot) {
      ui.robot = ui.robot === robot.id ? "" : robot.id;
    },
  },
  template: `
    <div class="fc-floor">
      <section class="fc-floor-plan"><FloorPlan />
        <p class="fc-legend" aria-label="Legend">
          <span><i class="dot working"></i>working</span><span><i class="dot idle"></i>idle</span>
          <span><i class="dot holding"></i>holding</span><span><i class="dot taken_over"></i>taken over</span>
          <span><i class="dot silent"></i>not heard (age beside it)</span><span><i class="dot fallen"></i>fallen or fault</span>
          <span><i class="way walked"></i>walked</span><span><i class="way given"></i>way given to it</span>
          <span><i class="way planned"></i>planned ahead</span><span><i class="lane"></i>lane taken</span><span><i class="shut"></i>closed</span>
          <span><i class="box"></i>object, where it was last seen</span><span><i class="box doubted"></i>where the inventory says</span>
        </p>
      </section>
      <section class="fc-robots">
        <RobotCard v-if="picked" :key="picked.id" :robot="picked" @close="ui.robot = ''" />
        <TrafficTable />
        <table class="fc-table">
          <thead><tr><th>Robot</th><th>State</th><th class="r">Battery</th><th>Task</th><th class="r">Heard</th></tr></thead>
          <tbody>
            <tr v-for="r in robots" :key="r.id" :class="['is-' + r.state, { on: r.id === ui.robot }]" :data-robot-row="r.id"
                tabindex="0" @click="pick(r)" @keydown.enter="pick(r)">
              <td class="fc-id">{{ r.id }}<span class="fc-sub">{{ r.model }}</span></td>
              <td><span class="fc-state">{{ WORDS[r.state] }}</span><span v-if="unusual(r)" class="fc-sub">{{ r.posture }}</span></td>
              <td class="r" :class="{ low: r.battery < 0.2 }">{{ battery(r) }}</td>
              <td class="fc-wide">{{ r.task ? r.task.title : '' }}<span v-if="r.task" class="fc-sub">{{ r.task.phase || r.task.state }} · {{ percent(r.task.fraction) }}</span></td>
              <td class="r" :class="{ loud: r.silent }">{{ age(ageOf(r)) }}</td>
            </tr>
            <tr v-if="!robots.length"><td colspan="5" class="fc-none">No robot has been heard of.</td></tr>
          </tbody>
        </table>
      </section>
    </div>`,
};
