// The console acts only through the HTTP API, like any other client: the same checks, the same roles, the same record.

export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // randomUUID exists only on https and localhost
  return "console-" + Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

const UNSETTLED = "The request is on record, but the supervisor has not taken it up yet. It stays on record.";
const NO_ANSWER = "No answer from the server. It is not known whether this was recorded; sending again is safe.";

async function send(method, path, body, key, timeoutMs) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  const options = { method, headers, credentials: "same-origin", cache: "no-store" };
  if (body !== undefined) options.body = JSON.stringify(body);
  const response = await fetch(path, { ...options, signal: AbortSignal.timeout(timeoutMs) });
  const text = await response.text();
  let parsed = null;
  try {
    parsed = text ? JSON.parse(text) : null;
  } catch {
    parsed = { detail: text.slice(0, 300) };
  }
  return { response, parsed };
}

function outcome(response, parsed) {
  if (response.ok) return { ok: true, status: response.status, body: parsed, code: "", message: "", errors: [] };
  const problem = parsed || {};
  if (response.status === 401) window.dispatchEvent(new CustomEvent("fleet-session-over"));
  const title = problem.title ? `${problem.title}: ` : "";
  return {
    ok: false,
    status: response.status,
    body: parsed,
    code: problem.code || "",
    message: `${title}${problem.detail || `status ${response.status}`}`,
    errors: problem.errors || [],
  };
}

/** Calls the API. Never throws: `{ok, status, body, code, message, errors}`; status 0 is "no answer". */
export async function call(method, path, body, { key, timeoutMs = 8000 } = {}) {
  try {
    const { response, parsed } = await send(method, path, body, key, timeoutMs);
    if (response.status !== 202) return outcome(response, parsed);
    return await settled(response.headers.get("Location"));
  } catch (error) {
    return { ok: false, status: 0, body: null, code: "no_answer", message: NO_ANSWER, errors: [], error };
  }
}

/** A 202 says: durable, but not yet taken up. Look again for a while. */
async function settled(location) {
  for (let attempt = 0; location && attempt < 10; attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const { response, parsed } = await send("GET", location, undefined, undefined, 5000);
    if (!response.ok) return outcome(response, parsed);
    const note = parsed && (parsed.outcome || parsed);
    if (note && note.accepted === true) return { ok: true, status: 200, body: parsed, code: "", message: "", errors: [] };
    if (note && note.accepted === false) {
      const message = note.detail || note.problem || "refused";
      return { ok: false, status: 409, body: parsed, code: note.problem || "", message, errors: [] };
    }
  }
  return { ok: false, status: 202, body: null, code: "pending", message: UNSETTLED, errors: [] };
}
