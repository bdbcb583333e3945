/* The reader's time zone, keys, and what arrives. Every page works without it. */
"use strict";
(() => {
  const root = document.documentElement;

  /* The server writes times in the zone of this cookie from the next page on; on this one they are rewritten here. */
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const inZone = (within) => {
    if (!zone || root.dataset.zone === zone) return;
    for (const time of within.querySelectorAll("time[datetime]")) {
      const at = new Date(time.dateTime);
      const otherYear = at.getFullYear() !== new Date().getFullYear();
      const shape = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
      time.textContent = at.toLocaleString(undefined, otherYear ? { ...shape, year: "numeric" } : shape);
      time.title = at.toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" });
    }
  };
  if (zone && root.dataset.zone !== zone) {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `stayline_zone=${zone}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  }
  inZone(document);

  /* A button that waits for its answer loses the focus, and after the answer its row is another element: the place is
     kept by the row's id, so that keys go on from it. */
  let lastRow = "";
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest(".row");
    if (row) lastRow = row.id;
  });
  const focusAgain = (row) => {
    if (row?.id === lastRow && document.activeElement === document.body) row.focus({ preventScroll: true });
  };
  document.addEventListener("htmx:afterSwap", (event) => {
    inZone(document);
    focusAgain(document.getElementById(event.detail.target.id || event.detail.elt.id));
  });

  const isTyping = (target) => target.closest("input:not([type=radio], [type=checkbox]), textarea, select") !== null;
  const rows = () => [...document.querySelectorAll(".row")].filter((row) => row.offsetParent !== null);
  const current = () => document.activeElement?.closest(".row") ?? null;

  const step = (by) => {
    const all = rows();
    const place = all.indexOf(current() ?? document.getElementById(lastRow));
    const next = all[place < 0 ? 0 : Math.min(Math.max(place + by, 0), all.length - 1)];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };

  const press = (key) => {
    const within = current() ?? (document.querySelectorAll("[data-decision]").length === 1 ? document : null);
    const button = within?.querySelector(`[data-key="${key}"]`);
    if (!button) return false;
    button.click();
    button.closest("details")?.querySelector("form input:not([type=hidden]), form select, form textarea")?.focus();
    return true;
  };

  const leave = (target) => {
    const open = target.closest("details[open]");
    if (open?.matches(".more")) open.open = false;
    const row = target.closest(".row");
    if (row) row.focus();
    else target.blur();
  };

  const keys = {
    j: () => step(1),
    k: () => step(-1),
    c: () => press("c"),
    d: () => press("d"),
    n: () => press("n"),
    s: () => press("s"),
    "/": () => document.getElementById("find")?.focus(),
    Enter: (event) => event.target.matches(".row") && event.target.querySelector("a.open")?.click(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === "Escape") return leave(event.target);
    if (isTyping(event.target) || !Object.hasOwn(keys, event.key)) return;
    if (event.key === "Enter" && !event.target.matches(".row")) return;
    event.preventDefault();
    keys[event.key](event);
  });

  /* What changes: a row is drawn anew in its place, and a new one goes to the end, so that nothing moves. */
  const live = document.getElementById("live");
  if (!live || !window.EventSource) return;
  const said = document.getElementById("arrivals");
  let arrived = 0;
  const address = (decision) => `/row?id=${encodeURIComponent(decision)}`;
  const isBusy = (row) => row.querySelector("details.more[open]") !== null || row.querySelector(".htmx-request") !== null;

  const redraw = async (row, decision) => {
    const answer = await fetch(address(decision), { headers: { "HX-Request": "true" } });
    if (answer.status === 404) return over(row);
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".row");
    const hadFocus = row.contains(document.activeElement);
    if (isBusy(row)) {
      row.querySelector(".state")?.replaceWith(fresh.querySelector(".state"));
    } else {
      row.replaceWith(fresh);
      htmx.process(fresh);
      if (hadFocus) fresh.focus({ preventScroll: true });
      else focusAgain(fresh);
    }
    inZone(document);
  };

  const over = (row) => {
    row.classList.add("finished");
    const state = row.querySelector(".state");
    if (state) state.textContent = "This is over: the customer has bought, the time has passed, or it was withdrawn.";
    if (!isBusy(row)) row.querySelector(".buttons")?.remove();
  };

  const arrive = async (decision) => {
    const answer = await fetch(address(decision), { headers: { "HX-Request": "true" } });
    if (answer.ok) append(new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".row"));
  };

  const append = (fresh) => {
    if (document.getElementById(fresh.id)) return;
    document.getElementById("later").hidden = false;
    document.getElementById("new").append(fresh);
    htmx.process(fresh);
    inZone(document);
    arrived += 1;
    said.textContent = `${arrived} just in, at the end of the list`;
  };

  const change = async (event) => {
    for (const { kind, decision } of JSON.parse(event.data)) {
      const row = document.getElementById(`d-${decision}`);
      if (row) await (kind === "ended" ? over(row) : redraw(row, decision));
      else if (kind === "arrived") await arrive(decision);
    }
  };
  const readAgain = async () => {
    for (const row of rows()) await redraw(row, row.dataset.decision);
    const answer = await fetch("/");
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    page.querySelectorAll("#queue .row").forEach(append);
  };
  /* The browser opens a broken stream again by itself; one that was refused, as where too many are open, it does not. */
  const listen = () => {
    const events = new EventSource(live.dataset.events);
    events.addEventListener("changes", change);
    events.addEventListener("again", readAgain);
    events.addEventListener("open", () => root.classList.remove("away"));
    events.addEventListener("error", () => {
      root.classList.add("away");
      if (events.readyState === EventSource.CLOSED) setTimeout(listen, 30_000);
    });
    window.addEventListener("pagehide", () => events.close());
  };
  listen();
})();
