// What makes the pages quicker to use. Every page works without it.
const html = window.trustedTypes
  ? trustedTypes.createPolicy("pages", { createHTML: (text) => text })
  : { createHTML: (text) => text };
const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// The time zone, for the times that the service writes.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const told = document.cookie.split("; ").find((each) => each.startsWith("zone="));
if (zone && decodeURIComponent((told || "").slice(5)) !== zone) {
  document.cookie = `zone=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=strict`;
}

// A region of the page, fetched anew from the same address and template.
const asked = new Map();
async function renew(id, address = location.href, { mark = false } = {}) {
  asked.get(id)?.abort();
  const control = new AbortController();
  asked.set(id, control);
  try {
    const answer = await fetch(address, { headers: { Region: id }, signal: control.signal });
    if (answer.redirected || answer.status === 401) return location.assign(location.href);
    if (!answer.ok) return tryAgain(id);
    const text = await answer.text();
    const region = document.getElementById(id);
    if (!region || control.signal.aborted) return;
    const kept = new DOMParser().parseFromString(html.createHTML(text), "text/html");
    const fresh = kept.getElementById(id);
    if (!fresh) return;
    const reached = "a, button, input, summary";
    const focused = all(reached, region).indexOf(document.activeElement);
    const selected = all("[data-row]", region).findIndex((row) => row.classList.contains("here"));
    const opened = all("details", region).map((each) => each.open);
    region.replaceWith(fresh);
    tell(one("[data-told], caption, .empty", fresh));
    if (mark) fresh.classList.add("changed");
    all("details", fresh).forEach((each, place) => { each.open = opened[place] ?? each.open; });
    if (selected >= 0) all("[data-row]", fresh)[selected]?.classList.add("here");
    if (focused >= 0) all(reached, fresh)[focused]?.focus({ preventScroll: true });
    ready(fresh);
  } catch (error) {
    if (error.name !== "AbortError") tryAgain(id);
  }
}
// A screen reader tells what came of it, from a place that stays.
function tell(shown) {
  const told = document.getElementById("told");
  const words = shown?.textContent.trim().replace(/\s+/g, " ");
  if (told && words && words !== told.textContent) told.textContent = words;
}
const timers = new Map();
function renewLater(id, milliseconds) {
  clearTimeout(timers.get(id));
  timers.set(id, setTimeout(() => renew(id), milliseconds));
}
function tryAgain(id) {
  if (document.getElementById(id)?.dataset.renew) renewLater(id, 5000);
}

// Search as one types.
for (const form of all("form[data-live]")) {
  let waiting;
  const address = () => {
    const fields = new URLSearchParams(new FormData(form));
    for (const [name, value] of [...fields]) if (!value) fields.delete(name);
    const query = fields.toString();
    return form.action.split("?")[0] + (query ? `?${query}` : "");
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      history.replaceState(null, "", address());
      renew(form.dataset.live);
    }, 40);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    history.replaceState(null, "", address());
    renew(form.dataset.live);
  });
}

// Keys: those of lists, and those that buttons and links name.
const help = [
  ["/", "search"], ["j", "next in the list"], ["k", "the one before"], ["Enter", "open it"],
  ["g h", "home"], ["g c", "contacts"], ["g m", "merges"], ["?", "show the keys"],
];
const places = { h: "", c: "/contacts", l: "/calls", i: "/imports", f: "/conflicts", m: "/merges", s: "/settings" };
let after = "";
function move(by) {
  const rows = all("[data-row]");
  if (!rows.length) return;
  const here = rows.findIndex((row) => row.classList.contains("here"));
  const next = rows[Math.max(0, Math.min(rows.length - 1, here < 0 ? 0 : here + by))];
  rows[here]?.classList.remove("here");
  next.classList.add("here");
  next.scrollIntoView({ block: "nearest" });
  const opens = one("a", next);
  if (!opens) next.tabIndex = -1;
  (opens || next).focus({ preventScroll: true });
}
function showKeys() {
  const shown = document.createElement("dialog");
  const title = document.createElement("h2");
  title.textContent = "Keys";
  const list = document.createElement("dl");
  list.className = "said";
  const named = all("[data-key]").map((each) => [each.dataset.key, each.textContent.trim().replace(/\s+/g, " ")]);
  for (const [key, what] of [...help, ...named]) {
    const term = document.createElement("dt");
    const shownKey = document.createElement("kbd");
    shownKey.textContent = key;
    term.append(shownKey);
    const words = document.createElement("dd");
    words.textContent = what;
    list.append(term, words);
  }
  const close = document.createElement("button");
  close.textContent = "Close";
  close.addEventListener("click", () => shown.close());
  shown.append(title, list, close);
  shown.addEventListener("close", () => shown.remove());
  document.body.append(shown);
  shown.showModal();
}
document.addEventListener("keydown", (event) => {
  if (event.repeat && event.key !== "j" && event.key !== "k") return;
  if (event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]")) return;
  const typing = event.target.closest("input, textarea, select");
  if (typing) {
    if (event.key === "Escape") typing.blur();
    return;
  }
  const account = document.body.dataset.account;
  if (after === "g" && account && event.key in places) {
    location.assign(`/accounts/${account}${places[event.key]}`);
  } else if (event.key === "/") {
    one("[data-search]")?.focus();
  } else if (event.key === "j") {
    move(1);
  } else if (event.key === "k") {
    move(-1);
  } else if (event.key === "?") {
    showKeys();
  } else {
    const wanted = all(`[data-key="${CSS.escape(event.key)}"]`);
    // A key that stands in rows needs a selected one.
    const target = wanted.find((each) => !each.closest("[data-row]:not(.here)"));
    after = event.key === "g" ? "g" : "";
    if (!target) return;
    target.click();
  }
  after = event.key === "g" ? "g" : "";
  event.preventDefault();
});

// What every region needs when it arrives.
function ready(within) {
  for (const form of all('form[method="post"]', within)) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) return event.preventDefault();
      form.dataset.sent = "yes";
      setTimeout(() => { for (const each of all("button", form)) each.disabled = true; });
    });
  }
  for (const each of all("[data-renew]", within).concat(within.matches?.("[data-renew]") ? [within] : [])) {
    renewLater(each.id, Number(each.dataset.renew));
  }
  for (const input of all('input[type="file"][data-drop]', within)) {
    const place = input.closest("form");
    for (const name of ["dragover", "drop", "dragleave"]) {
      place.addEventListener(name, (event) => {
        event.preventDefault();
        place.classList.toggle("over", name === "dragover");
        if (name === "drop" && event.dataTransfer.files.length) {
          input.files = event.dataTransfer.files;
          place.requestSubmit();
        }
      });
    }
  }
}
ready(document);

// What changes meanwhile. One tab of the browser listens, and tells the others.
const account = document.body.dataset.account;
if (account && one("[data-watch]") && navigator.locks && window.BroadcastChannel) {
  const channel = new BroadcastChannel(`changes of ${account}`);
  const busy = (region) => region.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");
  const later = new Map();
  const show = (region) => {
    if (region.dataset.wait === undefined && !busy(region)) return renew(region.id, location.href, { mark: true });
    const news = (later.get(region.id) || 0) + 1;
    later.set(region.id, news);
    let told = document.getElementById("news");
    if (!told) {
      told = document.createElement("button");
      told.id = "news";
      told.className = "news";
      told.addEventListener("click", () => {
        later.clear();
        told.remove();
        for (const each of all("[data-watch]")) renew(each.id, location.href, { mark: true });
      });
      one("main").append(told);
    }
    told.textContent = `${news === 1 ? "Something" : `${news} things`} changed: show`;
  };
  const changed = (ids) => {
    for (const region of all("[data-watch]")) {
      const watched = region.dataset.watch.split(" ");
      const concerns = (id) => watched.some((each) =>
        each === "*" || id === "*" || id === each || (each === "calls" && id.startsWith("activity:")));
      if (ids.some(concerns)) show(region);
    }
  };
  channel.onmessage = (event) => changed(event.data);
  let hidden = new AbortController();
  let wait = 1000;
  let missed = false;
  const listen = () => new Promise((done) => {
    const source = new EventSource(`/accounts/${account}/live`);
    const stop = () => { source.close(); done(); };
    hidden.signal.addEventListener("abort", stop);
    source.onopen = () => {
      wait = 1000;
      if (missed) { channel.postMessage(["*"]); changed(["*"]); }
      missed = true;
    };
    source.onmessage = (event) => {
      const ids = JSON.parse(event.data);
      channel.postMessage(ids);
      changed(ids);
    };
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) return;
      stop();
      wait = Math.min(60000, wait * 2);
    };
  });
  const lead = () => {
    const { signal } = hidden;
    navigator.locks.request(`changes of ${account}`, { signal }, async () => {
      while (!signal.aborted) {
        await listen();
        if (!signal.aborted) await new Promise((next) => setTimeout(next, wait * (0.5 + Math.random())));
      }
    }).catch(() => {});
  };
  document.addEventListener("visibilitychange", () => {
    hidden.abort();
    hidden = new AbortController();
    if (document.hidden) return;
    for (const region of all("[data-watch]")) if (region.dataset.wait === undefined && !busy(region)) renew(region.id);
    lead();
  });
  window.addEventListener("pagehide", () => hidden.abort());
  if (!document.hidden) lead();
}
window.addEventListener("pageshow", (event) => {
  // A form that was sent cannot be sent again with other values.
  if (event.persisted && one("form[data-sent]")) location.reload();
});
