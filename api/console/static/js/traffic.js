// Traffic on the floor plan (ways walked, given and planned; lanes; what is closed), and the same in words beside it.
import { Closures } from "./closures.js";
import { age, plainly } from "./format.js";
import { data, show, trails, ui } from "./store.js";

const line = (points) => points.map(([x, y]) => `${x},${-y}`).join(" ");
const DOOR = (door) => ({ x1: door.line[0], y1: -door.line[1], x2: door.line[2], y2: -door.line[3] });

/** Under the robots. Whose way is picked is drawn strong; everybody else's stays faint enough to read the plan. */
export const RouteLines = {
  props: { robots: Array },
  setup: () => ({ data, ui, line, DOOR, trails }),
  computed: {
    ways() {
      const poses = new Map(this.robots.map((robot) => [robot.id, robot.pose]));
      return data.traffic.routes
        .filter((route) => poses.has(route.robot))
        .map((route) => {
          const [x, y] = poses.get(route.robot);
          const given = [[x, y], ...route.points.slice(0, route.given)];
          const end = route.points[route.points.length - 1];
          const planned = [given[given.length - 1], ...route.points.slice(route.given)];
          return { ...route, end, walked: [...(trails.get(route.robot) || []), [x, y]], givenWay: given, planned };
        });
    },
    lanes() {
      const zones = new Map(data.plan.zones.map((zone) => [zone.id, zone]));
      return data.traffic.lanes.filter((lane) => zones.has(lane.id)).map((lane) => ({ ...lane, d: line(zones.get(lane.id).polygon) }));
    },
    closed() {
      const ids = new Set(data.traffic.closed.map((closed) => closed.id));
      return {
        areas: data.plan.zones.concat(data.plan.areas).filter((zone) => ids.has(zone.id)).map((zone) => ({ id: zone.id, d: line(zone.polygon) })),
        doors: data.plan.doors.filter((door) => ids.has(door.id)),
        places: data.plan.places.filter((place) => ids.has(place.id)),
      };
    },
  },
  template: `
    <g class="fp-traffic" aria-hidden="true">
      <polygon v-for="l in lanes" :key="'l' + l.id" class="fp-lane" :points="l.d" :data-lane="l.id"><title>{{ l.id }}: {{ l.has }}</title></polygon>
      <polygon v-for="a in closed.areas" :key="'a' + a.id" class="fp-closed" :points="a.d" :data-closed="a.id"><title>{{ a.id }} is closed</title></polygon>
      <line v-for="d in closed.doors" :key="'d' + d.id" class="fp-shut" v-bind="DOOR(d)" :data-closed="d.id"><title>{{ d.id }} is closed</title></line>
      <g v-for="p in closed.places" :key="'p' + p.id" class="fp-shut" :transform="'translate(' + p.x + ' ' + -p.y + ')'" :data-closed="p.id">
        <path d="M -0.3 -0.3 L 0.3 0.3 M -0.3 0.3 L 0.3 -0.3"><title>{{ p.id }} is closed</title></path></g>
      <g v-for="w in ways" :key="w.robot" class="fp-way" :class="{ on: w.robot === ui.robot, waits: w.waits }" :data-way="w.robot">
        <polyline v-if="w.walked.length > 1" class="fp-walked" :points="line(w.walked)" />
        <polyline v-if="w.planned.length > 1" class="fp-planned" :points="line(w.planned)" />
        <polyline v-if="w.givenWay.length > 1" class="fp-given" :points="line(w.givenWay)" />
        <circle v-if="w.end" class="fp-goal" :cx="w.end[0]" :cy="-w.end[1]" r="0.16" />
      </g>
    </g>`,
};

/** The same in words: who is led how far, for whom they wait, who has which lane, and what is closed. */
export const TrafficTable = {
  components: { Closures },
  setup: () => ({ age, data, plainly, show, ui }),
  computed: {
    quiet() {
      const { enabled } = data.traffic;
      if (enabled === null) return "No supervisor has told of traffic yet.";
      return enabled ? "" : "Traffic is off: each robot finds its own way.";
    },
    old() {
      const { traffic_age_s: seconds } = data.live;
      return seconds !== null && seconds !== undefined && seconds > 3 ? age(seconds) : "";
    },
    counts() {
      const { routes, closed, moves } = data.traffic;
      const waiting = routes.filter((route) => route.waits).length;
      const said = [`${routes.length} led`];
      if (waiting) said.push(`${waiting} of them waiting`);
      if (moves.length) said.push(`${moves.length} to make room`);
      if (closed.length) said.push(`${closed.length} closed`);
      return said.join(", ");
    },
  },
  methods: {
    waits(route) {
      if (!route.waits) return route.points.length ? (route.given ? "walks" : "is about to walk") : "stands";
      return data.live.robots.some((robot) => robot.id === route.waits) ? `waits for ${route.waits}` : `waits: ${route.waits}`;
    },
  },
  template: `
    <section class="fc-traffic" aria-label="Traffic">
      <h2 v-if="quiet">{{ quiet }}</h2>
      <template v-else>
        <p v-for="n in data.traffic.notes" :key="n.key" class="fc-traffic-note" :data-note="n.key">{{ n.because }}</p>
        <details class="fc-what"><summary>Traffic: {{ counts }} <span v-if="old" class="loud">told {{ old }} ago</span></summary>
          <table v-if="data.traffic.routes.length" class="fc-table">
            <thead><tr><th>Robot</th><th>Way</th><th class="r">Planned</th></tr></thead>
            <tbody><tr v-for="r in data.traffic.routes" :key="r.robot" :data-route="r.robot">
              <td class="fc-id"><a href="/console/floor" @click.prevent="show('floor', { robot: r.robot })">{{ r.robot }}</a></td>
              <td :class="{ loud: r.waits }">{{ waits(r) }}</td>
              <td class="r">{{ r.planned_m.toFixed(1) }} m</td></tr></tbody>
          </table>
          <ul>
            <li v-for="l in data.traffic.lanes" :key="l.id">{{ plainly(l.id) }}: {{ l.has }}<template v-if="l.next.length">, then {{ l.next.join(', ') }}</template></li>
            <li v-for="m in data.traffic.moves" :key="m.robot">{{ m.robot }} makes room: {{ m.because }}</li>
          </ul>
        </details>
      </template>
      <Closures />
    </section>`,
};
