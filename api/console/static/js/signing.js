// A key of this browser, with which its person's answers are signed. The private half cannot be read out, not even here.
import { call, newKey } from "./api.js";

const ANSWER = "humanoid-fleet-answer/1";
const REGISTRATION = "humanoid-fleet-key-registration/1";

/** Whether this browser can keep keys: needs https (or this machine itself) and a browser that knows Ed25519. */
export const canSign = Boolean(window.crypto?.subtle && window.indexedDB);

const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
const utf8 = (text) => new TextEncoder().encode(text);

/** RFC 8785 for flat objects of texts: names in order, as JSON.stringify writes them. */
function statement(fields) {
  return utf8(JSON.stringify(Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)))));
}

async function sign(key, fields) {
  return base64(await crypto.subtle.sign("Ed25519", key.privateKey, statement(fields)));
}

function store(mode, work) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("fleet-keys", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const request = work(opening.result.transaction("keys", mode).objectStore("keys"));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    };
  });
}

async function idOf(raw) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", raw));
  return Array.from(digest.slice(0, 8), (b) => b.toString(16).padStart(2, "0")).join("");
}

/** The person's key in this browser, or null. */
export async function keptKey(operator) {
  if (!canSign) return null;
  try {
    return (await store("readonly", (keys) => keys.get(operator))) || null;
  } catch {
    return null; // a private window may refuse to keep anything
  }
}

/** `{here, elsewhere}`: this browser's key where it is on record and good, and how many others of theirs are. */
export async function standing(operator) {
  const kept = await keptKey(operator);
  const result = await call("GET", `/v1/keys?operator=${encodeURIComponent(operator)}`);
  const good = result.ok ? result.body.items.filter((key) => key.active).map((key) => key.key_id) : [];
  const here = kept && good.includes(kept.id) ? kept : null;
  return { here, elsewhere: good.filter((id) => !here || id !== here.id).length };
}

/** Makes a key and puts its public half on record. Returns an empty text, or what went wrong. */
export async function makeKey(operator) {
  let pair;
  try {
    pair = await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
  } catch {
    return "This browser does not know Ed25519 keys; a newer one does.";
  }
  const raw = await crypto.subtle.exportKey("raw", pair.publicKey);
  const key = { id: await idOf(raw), privateKey: pair.privateKey };
  const publicKey = base64(raw);
  const fields = { format: REGISTRATION, operator, public: publicKey, vouched_by: "" };
  const body = { operator, public: publicKey, proof: await sign(key, fields), label: `browser on ${navigator.platform || "?"}` };
  try {
    // Kept before it is on record: a key on record that nobody has would lock its owner out.
    await store("readwrite", (keys) => keys.put(key, operator));
  } catch {
    return "This browser keeps nothing for this page, so a key would be lost at once.";
  }
  const result = await call("POST", "/v1/keys", body, { key: newKey() });
  return result.ok ? "" : result.message;
}

/** The answer with this browser's signature, where it has a key of that person that is good. */
export async function signed(operator, escalationId, body) {
  const here = (await keptKey(operator)) && (await standing(operator)).here;
  if (!here) return body;
  const fields = {
    format: ANSWER,
    operator,
    escalation_id: escalationId,
    option_id: body.option_id,
    previews_digest: body.previews_digest || "",
    reason: body.reason,
    shown_digest: body.shown_digest,
  };
  return { ...body, key_id: here.id, signature: await sign(here, fields) };
}

export const SigningKey = {
  props: { operator: String },
  data: () => ({ here: null, elsewhere: 0, asking: false, problem: "", known: false }),
  setup: () => ({ canSign }),
  mounted() {
    this.look();
  },
  methods: {
    async look() {
      Object.assign(this, await standing(this.operator), { known: true });
    },
    async make() {
      this.problem = await makeKey(this.operator);
      this.asking = Boolean(this.problem);
      await this.look();
    },
  },
  template: `
    <p v-if="known && here" class="fc-muted fc-signing">Your answer is signed with this browser’s key {{ here.id }}.</p>
    <p v-else-if="known && elsewhere" class="fc-signing loud">You have a key on record, but not in this browser: answer where it is
      kept, or ask an admin to revoke it.</p>
    <div v-else-if="known && canSign" class="fc-signing">
      <button v-if="!asking" type="button" class="fc-quiet" @click="asking = true">Sign my answers with a key…</button>
      <template v-else>
        <p class="fc-muted">A key is made in this browser and never leaves it. From then on answers in your name count only with its
          signature, so answer from here; if the browser’s data is cleared, an admin has to revoke the key.</p>
        <p v-if="problem" class="fc-refused" role="alert">{{ problem }}</p>
        <button type="button" class="fc-plain" @click="make">Make my key</button>
        <button type="button" class="fc-quiet" @click="asking = false">No</button>
      </template>
    </div>`,
};
