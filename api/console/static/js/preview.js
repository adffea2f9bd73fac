// What rollouts showed of one option: numbers with how sure they are, and the median run on a little floor plan.
import { percent, span } from "./format.js";
import { data } from "./store.js";

const FRAME_MS = 160;
const LEAST_M = 6;

const Replay = {
  props: { replay: Object, label: String },
  data: () => ({ at: 0, timer: 0 }),
  computed: {
    last() {
      return this.replay.frames.length - 1;
    },
    seconds() {
      return Math.min(this.at, this.last) * this.replay.period_s;
    },
    box() {
      const points = this.replay.frames.flat();
      const xs = points.map(([x]) => x);
      const ys = points.map(([, y]) => -y);
      const w = Math.max(Math.max(...xs) - Math.min(...xs) + 3, LEAST_M);
      const h = Math.max(Math.max(...ys) - Math.min(...ys) + 3, w * 0.75);
      const cx = (Math.max(...xs) + Math.min(...xs)) / 2;
      const cy = (Math.max(...ys) + Math.min(...ys)) / 2;
      return { x: cx - w / 2, y: cy - h / 2, w, h };
    },
    size() {
      return Math.max(this.box.w, this.box.h) / 24; // of a mark, in m: some 6 pixels
    },
    things() {
      return this.replay.subjects.map((id, i) => {
        const [x, y] = this.replay.frames[Math.min(this.at, this.last)][i];
        const path = this.replay.frames.map((frame) => `${frame[i][0]},${-frame[i][1]}`).join(" ");
        return { id, kind: this.replay.kinds[i], x, y: -y, path, named: i < 4 };
      });
    },
  },
  watch: {
    replay() {
      this.at = this.timer ? 0 : this.last;
    },
  },
  created() {
    this.at = this.last;
  },
  unmounted() {
    clearInterval(this.timer);
  },
  methods: {
    play() {
      if (this.timer) {
        clearInterval(this.timer);
        this.timer = 0;
        this.at = this.last;
        return;
      }
      this.at = 0;
      this.timer = setInterval(() => (this.at = this.at >= this.last ? 0 : this.at + 1), FRAME_MS);
    },
  },
  setup: () => ({ floor: data, span }),
  template: `
    <figure class="fc-replay">
      <svg :viewBox="box.x + ' ' + box.y + ' ' + box.w + ' ' + box.h" preserveAspectRatio="xMidYMid meet" role="img"
           :aria-label="'Median run of ' + label">
        <g v-if="floor.plan">
          <rect v-for="(f, i) in floor.plan.furniture" :key="'f' + i" class="fp-furniture" :x="f[0]" :y="-f[3]"
                :width="f[2] - f[0]" :height="f[3] - f[1]" />
          <line v-for="(w, i) in floor.plan.walls" :key="'w' + i" class="fp-wall" :x1="w[0]" :y1="-w[1]" :x2="w[2]" :y2="-w[3]" />
        </g>
        <polyline v-for="t in things" :key="'p' + t.id" class="fr-path" :class="'is-' + t.kind" :points="t.path"
                  :stroke-width="size * 0.25" />
        <g v-for="t in things" :key="t.id" :transform="'translate(' + t.x + ' ' + t.y + ')'">
          <title>{{ t.id }}</title>
          <rect v-if="t.kind === 'box'" class="fr-box" :x="-size * 0.45" :y="-size * 0.45" :width="size * 0.9" :height="size * 0.9" />
          <circle v-else :class="'fr-' + t.kind" :r="t.kind === 'person' ? size * 0.45 : size * 0.6" />
          <text v-if="t.named" class="fr-name" :y="-size * 0.8" :font-size="size * 1.8" :stroke-width="size * 0.3">{{ t.id }}</text>
        </g>
      </svg>
      <figcaption><button type="button" class="fc-quiet" @click.stop="play">{{ timer ? 'Stop' : 'Play' }}</button>
        median run, {{ timer ? 'after ' + span(seconds) : span(last * replay.period_s) }}</figcaption>
    </figure>`,
};

export const Preview = {
  components: { Replay },
  props: { preview: Object, replay: Object, label: String },
  setup: () => ({ percent, span }),
  computed: {
    sure() {
      const { success, low, high } = this.preview;
      return success !== null && low !== null && high !== null;
    },
    bar() {
      const { success, low, high } = this.preview;
      return { from: { left: `${low * 100}%`, width: `${(high - low) * 100}%` }, at: { left: `${success * 100}%` } };
    },
    falls() {
      const { falls } = this.preview;
      if (falls === null) return "not known";
      return falls === 0 ? "none" : `${percent(falls)} of runs`;
    },
    energy() {
      const wh = this.preview.energy_wh;
      return wh === null ? "not known" : `${wh >= 0 ? "+" : "−"}${Math.abs(wh).toFixed(1)} Wh`;
    },
  },
  template: `
    <div class="fc-preview">
      <p v-if="sure" class="fr-success"><b>{{ percent(preview.success) }}</b> succeed</p>
      <p v-else class="fr-success unknown">success not known</p>
      <template v-if="sure">
        <div class="fr-bar" aria-hidden="true"><i :style="bar.from"></i><u :style="bar.at"></u></div>
        <p class="fc-basis">between {{ percent(preview.low) }} and {{ percent(preview.high) }}</p>
      </template>
      <dl class="fc-figures">
        <dt>takes</dt><dd :class="{ unknown: preview.duration_s === null }">{{ preview.duration_s === null ? 'not known' : span(preview.duration_s) }}</dd>
        <dt>people</dt><dd :class="{ low: preview.closest_m !== null && preview.closest_m < 0.5 }">{{ preview.closest_m === null ? 'nobody near' : preview.closest_m.toFixed(1) + ' m away' }}</dd>
        <dt>falls</dt><dd :class="{ low: preview.falls > 0, unknown: preview.falls === null }">{{ falls }}</dd>
        <dt>energy</dt><dd :class="{ unknown: preview.energy_wh === null }">{{ energy }}</dd>
        <dt>delays</dt><dd class="long">{{ preview.late === null ? 'not known' : preview.late.length ? preview.late.join(', ') : 'nothing' }}</dd>
      </dl>
      <ul v-if="preview.problems.length" class="fr-problems"><li v-for="p in preview.problems" :key="p">{{ p }}</li></ul>
      <Replay v-if="replay && replay.frames.length > 1" :replay="replay" :label="label" />
      <p class="fc-basis">Basis: {{ preview.basis }}</p>
    </div>`,
};
