// The floor plan: drawn once from the map; only the robots' and objects' transforms change after that.
import { age, plainly } from "./format.js";
import { ageOf, data, show, ui } from "./store.js";
import { RouteLines } from "./traffic.js";

const LOUD = ["holding", "silent", "fault", "fallen"];
const FIT = { x: 0, y: 0, zoom: 1 };

const RobotMark = {
  props: { robot: Object, on: Boolean, focus: Boolean, small: Boolean },
  setup: () => ({ age, ageOf }),
  computed: {
    place() {
      const [x, y] = this.robot.pose;
      return { transform: `translate(${x}px, ${-y}px)` };
    },
    turn() {
      return { transform: `rotate(${(-this.robot.pose[2] * 180) / Math.PI}deg)` };
    },
    radius() {
      return this.robot.radius_m || 0.3;
    },
    label() {
      const { state, posture } = this.robot;
      if (state === "fallen") return `FALLEN${this.robot.silent ? `, not heard ${age(ageOf(this.robot))}` : ""}`;
      if (state === "silent") return `not heard ${age(ageOf(this.robot))}`;
      if (state === "fault") return this.robot.e_stop ? "emergency stop" : "fault";
      if (state === "holding") return "holding";
      if (state === "taken_over") return `taken over by ${this.robot.lease_person}`;
      return this.robot.posture && !["standing", "walking"].includes(posture) ? posture : "";
    },
  },
  template: `
    <g class="fp-robot" :class="['is-' + robot.state, { on, focus }]" :style="place" :data-robot="robot.id">
      <title>{{ robot.id }} · {{ robot.model }}</title>
      <circle v-if="on || focus" class="fp-ring" :r="radius + 0.22" />
      <g :style="turn">
        <circle class="fp-body" :r="radius" />
        <path class="fp-nose" :d="'M ' + (radius + 0.16) + ' 0 L ' + (radius - 0.1) + ' 0.2 L ' + (radius - 0.1) + ' -0.2 Z'" />
        <path v-if="robot.state === 'fallen'" class="fp-cross" :d="'M -0.2 -0.2 L 0.2 0.2 M -0.2 0.2 L 0.2 -0.2'" />
      </g>
      <text v-if="!small || focus" class="fp-name" :y="-(radius + 0.24)">{{ robot.id }}</text>
      <text v-if="label && (!small || focus)" class="fp-note" :y="radius + (small ? 0.9 : 0.5)">{{ label }}</text>
    </g>`,
};

export const FloorPlan = {
  components: { RobotMark, RouteLines },
  props: { focus: { type: Object, default: () => ({ robots: [], objects: [] }) }, small: Boolean },
  setup: () => ({ data, ui, plainly }),
  data: () => ({ at: { ...FIT }, drag: null }),
  computed: {
    box() {
      const [x0, y0, x1, y1] = data.plan.bounds;
      return { x: x0 - 0.6, y: -y1 - 0.6, w: x1 - x0 + 1.2, h: y1 - y0 + 1.2 };
    },
    viewBox() {
      const w = this.box.w / this.at.zoom;
      const h = this.box.h / this.at.zoom;
      return `${this.box.x + this.at.x} ${this.box.y + this.at.y} ${w} ${h}`;
    },
    zones() {
      return data.plan.zones.map((zone) => ({ ...zone, ...middle(zone.polygon), d: outline(zone.polygon) }));
    },
    robots() {
      // What needs attention is drawn last, on top of the others.
      const rank = (robot) => LOUD.indexOf(robot.state) + (this.focus.robots.includes(robot.id) ? 10 : 0);
      return data.live.robots.filter((robot) => robot.pose).sort((a, b) => rank(a) - rank(b));
    },
    loose() {
      return data.objects.filter((object) => !object.holder);
    },
  },
  methods: {
    pick(robot) {
      show("floor", { robot: robot.id });
    },
    where(object) {
      const source = object.source === "inventory" ? "inventory" : `${object.source} saw it`;
      return `${object.id}${object.place ? ` at ${object.place}` : ""} (${source})`;
    },
    wheel(event) {
      if (this.small) return;
      const zoom = Math.min(8, Math.max(1, this.at.zoom * (event.deltaY < 0 ? 1.2 : 1 / 1.2)));
      const frame = this.$refs.svg.getBoundingClientRect();
      const fx = (event.clientX - frame.left) / frame.width;
      const fy = (event.clientY - frame.top) / frame.height;
      this.at.x += fx * this.box.w * (1 / this.at.zoom - 1 / zoom);
      this.at.y += fy * this.box.h * (1 / this.at.zoom - 1 / zoom);
      this.at.zoom = zoom;
      if (zoom === 1) this.fit();
    },
    down(event) {
      if (!this.small) this.drag = { x: event.clientX, y: event.clientY, at: { ...this.at } };
    },
    move(event) {
      if (!this.drag || this.at.zoom === 1) return;
      const frame = this.$refs.svg.getBoundingClientRect();
      const scale = Math.max(this.box.w / frame.width, this.box.h / frame.height) / this.at.zoom;
      this.at.x = this.drag.at.x - (event.clientX - this.drag.x) * scale;
      this.at.y = this.drag.at.y - (event.clientY - this.drag.y) * scale;
    },
    fit() {
      this.at = { ...FIT };
    },
  },
  template: `
    <div class="fc-plan" :class="{ small }">
      <button v-if="at.zoom > 1" type="button" class="fc-plain fc-fit" @click="fit">Whole floor</button>
      <svg ref="svg" :viewBox="viewBox" preserveAspectRatio="xMidYMid meet" role="img" aria-label="Floor plan"
           @wheel.prevent="wheel" @pointerdown="down" @pointermove="move" @pointerup="drag = null" @pointerleave="drag = null">
        <g v-memo="[data.plan, small]">
          <path v-for="z in zones" :key="z.id" :d="z.d" class="fp-zone" :class="'kind-' + z.kind" />
          <rect v-for="(f, i) in data.plan.furniture" :key="'f' + i" class="fp-furniture" :x="f[0]" :y="-f[3]"
                :width="f[2] - f[0]" :height="f[3] - f[1]" />
          <line v-for="(w, i) in data.plan.walls" :key="'w' + i" class="fp-wall" :x1="w[0]" :y1="-w[1]" :x2="w[2]" :y2="-w[3]" />
          <text v-for="z in small ? [] : zones" :key="'n' + z.id" class="fp-zone-name" :x="z.cx" :y="-z.cy">{{ plainly(z.id) }}</text>
          <g v-for="p in data.plan.places" :key="p.id">
            <title>{{ p.id }} ({{ p.kind }})</title>
            <rect v-if="p.kind === 'dock'" class="fp-dock" :x="p.x - 0.32" :y="-p.y - 0.32" width="0.64" height="0.64" />
            <circle v-else-if="p.kind === 'station'" class="fp-station" :cx="p.x" :cy="-p.y" r="0.1" />
            <rect v-else class="fp-slot" :x="p.x - 0.2" :y="-p.y - 0.2" width="0.4" height="0.4" />
          </g>
          <g v-for="c in data.plan.cameras" :key="c.id">
            <path v-if="c.x !== null" class="fp-camera" :transform="'translate(' + c.x + ' ' + -c.y + ')'"
                  d="M -0.26 -0.16 H 0.08 V 0.16 H -0.26 Z M 0.08 -0.05 L 0.28 -0.16 V 0.16 L 0.08 0.05 Z"><title>camera {{ c.id }} sees {{ c.covers.join(', ') }}</title></path>
          </g>
          <g v-for="p in data.plan.people" :key="p.id">
            <title>{{ p.name }}</title><circle class="fp-person" :cx="p.x" :cy="-p.y" r="0.16" />
            <text v-if="!small" class="fp-person-name" :x="p.x" :y="-p.y + 0.58">{{ p.name }}</text>
          </g>
        </g>
        <RouteLines v-if="!small" :robots="robots" />
        <g v-for="o in loose" :key="o.id" class="fp-object" :class="{ focus: focus.objects.includes(o.id), doubted: o.source === 'inventory' }"
           :style="{ transform: 'translate(' + o.x + 'px,' + -o.y + 'px)' }" :data-object="o.id">
          <title>{{ where(o) }}</title><rect x="-0.13" y="-0.13" width="0.26" height="0.26" />
          <circle v-if="focus.objects.includes(o.id)" class="fp-ring" r="0.36" />
          <text v-if="focus.objects.includes(o.id) || at.zoom > 2" class="fp-note" :y="small ? 1.1 : 0.62">{{ o.id }}</text>
        </g>
        <g v-for="r in robots" :key="r.id" @click="pick(r)">
          <RobotMark :robot="r" :on="r.id === ui.robot && !small" :focus="focus.robots.includes(r.id)" :small="small" />
        </g>
      </svg>
    </div>`,
};

function outline(polygon) {
  return `M ${polygon.map(([x, y]) => `${x} ${-y}`).join(" L ")} Z`;
}

function middle(polygon) {
  const xs = polygon.map(([x]) => x);
  const ys = polygon.map(([, y]) => y);
  return { cx: (Math.min(...xs) + Math.max(...xs)) / 2, cy: (Math.min(...ys) + Math.max(...ys)) / 2 };
}
