// HOLD ALL. Plain script and plain fetch on purpose: it works while the rest of the page loads, hangs or has lost its
// connection. One press stops; it is sent again until the server has said that the robots were told.
(function () {
  "use strict";
  const root = document.getElementById("fleet-hold");
  if (!root) return;
  const ATTEMPT_MS = 2000;
  const PAUSE_MS = 500;
  const by = (id) => document.getElementById(id);
  const button = by("fleet-hold-all");
  const band = by("fleet-hold-band");
  const text = by("fleet-hold-text");
  const counts = by("fleet-hold-counts");
  const release = by("fleet-release");
  const reason = by("fleet-release-reason");
  const confirm = by("fleet-release-go");
  const keep = by("fleet-release-no");
  // What the fleet says (from the journal and the robots), and what this page has done itself.
  const fleet = { because: "", by: "", holding: 0, robots: 0, unsure: [] };
  const mine = { sending: false, attempts: 0, told: false, error: "", note: "" };

  function key() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return "console-" + Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  }

  async function post(path, body, idempotencyKey) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), ATTEMPT_MS);
    try {
      const response = await fetch(path, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": idempotencyKey },
        body: JSON.stringify(body),
        credentials: "same-origin",
        cache: "no-store",
        signal: stop.signal,
      });
      const answer = await response.json().catch(() => ({}));
      return { ok: response.ok, status: response.status, answer };
    } catch (error) {
      return { ok: false, status: 0, answer: {}, error };
    } finally {
      clearTimeout(timer);
    }
  }

  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  // A hold that was not confirmed yet outlives the page: it is taken up again after a reload (the server came back).
  const PENDING = "fleet-hold-pending";
  const PENDING_MS = 120000;
  const remember = (idempotencyKey) => sessionStorage.setItem(PENDING, JSON.stringify([idempotencyKey, Date.now()]));
  const forget = () => sessionStorage.removeItem(PENDING);

  async function hold(idempotencyKey = key()) {
    if (mine.sending) return;
    Object.assign(mine, { sending: true, attempts: 0, error: "", note: "", told: false });
    remember(idempotencyKey);
    for (;;) {
      mine.attempts += 1;
      draw();
      const result = await post("/v1/hold-all", { reason: "HOLD ALL in the console" }, idempotencyKey);
      if (result.ok) {
        mine.told = true;
        mine.error = "";
        if (result.answer.recorded === false) mine.note = "The robots were told. It could not be put on record yet.";
        break;
      }
      const detail = result.answer.detail || (result.status ? `status ${result.status}` : "no answer from the server");
      mine.error = detail;
      // Not logged in, or not allowed: sending again cannot help, a person must act.
      if (result.status === 401 || result.status === 403) break;
      draw();
      await wait(PAUSE_MS);
    }
    mine.sending = false;
    forget();
    draw();
  }

  function takeUpAgain() {
    const [idempotencyKey, since] = JSON.parse(sessionStorage.getItem(PENDING) || "[]");
    if (idempotencyKey && Date.now() - since < PENDING_MS) hold(idempotencyKey);
    else forget();
  }

  async function letGo() {
    const why = reason.value.trim();
    if (!why || mine.releasing) return;
    mine.releasing = true;
    draw();
    const result = await post("/v1/release-all", { reason: why }, key());
    mine.releasing = false;
    if (result.status === 202) {
      mine.asking = false;
      mine.note = "The release is on record; the robots hold until the supervisor has taken it up.";
    } else if (result.ok) {
      Object.assign(mine, { told: false, error: "", note: "", asking: false });
      reason.value = "";
    } else {
      mine.note = `NOT RELEASED: ${result.answer.detail || "no answer from the server"}`;
    }
    draw();
  }

  function sentence() {
    if (mine.error) {
      const again = mine.sending ? ` Trying again (${mine.attempts}).` : "";
      return `HOLD ALL IS NOT CONFIRMED. USE THE EMERGENCY STOPS ON THE ROBOTS.${again} Reason: ${mine.error}`;
    }
    if (mine.sending) return "Telling all robots to hold…";
    if (fleet.because) return `ALL ROBOTS HELD by ${fleet.by || "?"}: ${fleet.because}`;
    if (mine.told) return "ALL ROBOTS HELD: the robots were told.";
    return "";
  }

  function draw() {
    const said = sentence();
    const shown = said !== "" || Boolean(mine.note);
    document.documentElement.classList.toggle("fleet-held", shown);
    band.hidden = !shown;
    band.classList.toggle("failed", Boolean(mine.error) || (mine.note || "").startsWith("NOT"));
    text.textContent = [said, mine.note].filter(Boolean).join(" ");
    const held = Boolean(fleet.because || mine.told) && !mine.error;
    counts.textContent = (held || mine.error) && fleet.robots ? confirmed() : "";
    if (button) {
      button.classList.toggle("held", held);
      button.classList.toggle("sending", mine.sending);
      by("fleet-hold-word").textContent = mine.sending ? "HOLDING…" : held ? "HOLD AGAIN" : "HOLD ALL";
    }
    if (release) {
      release.hidden = !held || Boolean(mine.asking);
      by("fleet-release-form").hidden = !(held && mine.asking);
      confirm.disabled = !reason.value.trim() || Boolean(mine.releasing);
      confirm.textContent = mine.releasing ? "Releasing…" : "Release all";
    }
    const tall = shown ? band.getBoundingClientRect().height : 0;
    document.documentElement.style.setProperty("--fleet-band", `${Math.ceil(tall)}px`);
  }

  function confirmed() {
    const rest = fleet.unsure.length ? `; not confirmed: ${fleet.unsure.join(", ")}` : "";
    return `${fleet.holding} of ${fleet.robots} robots report that they hold${rest}`;
  }

  window.fleetHold = {
    /** News from the fleet; the page calls it whenever it has some. */
    update(holdAll, robots) {
      const was = fleet.because;
      fleet.because = holdAll.because || "";
      fleet.by = holdAll.by || "";
      fleet.robots = robots.length;
      const sure = (robot) => robot.holding && !robot.silent;
      fleet.holding = robots.filter(sure).length;
      fleet.unsure = robots.filter((robot) => !sure(robot)).map((robot) => robot.id);
      if (was && !fleet.because) Object.assign(mine, { told: false, note: "", asking: false });
      draw();
    },
    hold: () => hold(),
  };

  if (button) {
    button.addEventListener("click", () => hold());
    // A press counts from the moment at which the button can be seen, also before this script was there.
    if (window.fleetHoldPressed) hold();
    else takeUpAgain();
    window.addEventListener("keydown", (event) => {
      if (event.altKey && !event.ctrlKey && !event.metaKey && event.code === "KeyH" && !event.repeat) {
        event.preventDefault();
        hold();
      }
    });
  }
  if (release) {
    release.addEventListener("click", () => {
      mine.asking = true;
      draw();
      reason.focus();
    });
    keep.addEventListener("click", () => {
      mine.asking = false;
      draw();
    });
    reason.addEventListener("input", draw);
    reason.addEventListener("keydown", (event) => event.key === "Enter" && letGo());
    confirm.addEventListener("click", letGo);
  }
  window.addEventListener("resize", draw);
  draw();
})();
