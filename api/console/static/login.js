// Log in with a name and password, or with a one-time link (its token comes in the address and leaves it at once).
(function () {
  "use strict";
  const by = (id) => document.getElementById(id);
  const query = new URLSearchParams(location.search);
  const token = new URLSearchParams(location.hash.slice(1)).get("token") || query.get("token") || "";
  const next = query.get("next") || "/console/";
  // Only a place in this console: the address must not lead anybody elsewhere after the login.
  const target = /^\/console(\/[\w-]*)?$/.test(next) ? next : "/console/";
  if (token) {
    history.replaceState(null, "", location.pathname);
    by("token").value = token;
  }

  function withToken() {
    const has = by("token").value.trim() !== "";
    by("with-token").hidden = !has;
    by("password-label").textContent = has ? "New password (optional)" : "Password";
    by("password").autocomplete = has ? "new-password" : "current-password";
  }

  function say(text) {
    by("said").textContent = text;
    by("said").hidden = !text;
  }

  async function login(event) {
    event.preventDefault();
    const body = { name: by("name").value.trim(), password: by("password").value };
    if (by("token").value.trim()) body.token = by("token").value.trim();
    by("go").disabled = true;
    say("");
    try {
      const response = await fetch("/v1/login", {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify(body),
        credentials: "same-origin",
      });
      const problem = await response.json().catch(() => ({}));
      if (response.ok) {
        location.replace(target);
        return;
      }
      say(problem.detail || `Not logged in (status ${response.status}).`);
    } catch {
      say("No answer from the server.");
    }
    by("go").disabled = false;
  }

  by("login").addEventListener("submit", login);
  by("token").addEventListener("input", withToken);
  withToken();
  by("name").focus();
})();
