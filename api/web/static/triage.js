// The keys of triage. Each presses a button that is on the page anyway; all of it works without a script too.
"use strict";

(() => {
  const one = (selector) => document.querySelector(selector);
  const kept = { on: () => { try { return localStorage.getItem("triage-keys") !== "off"; } catch { return true; } },
    set: (on) => { try { localStorage.setItem("triage-keys", on ? "on" : "off"); } catch { /* then they stay on */ } } };

  const help = document.createElement("dialog");
  help.setAttribute("aria-labelledby", "keys-title");
  const rows = [["j", "next"], ["k", "previous"], ["1 to 5", "it belongs to that suggestion"], ["n", "a feature of its own"], ["a", "the selected words are an ask"],
    ["x", "not an ask"], ["u", "undo what you did last"], ["m", "ask the reporter"], ["?", "this help"]];
  const title = document.createElement("h2");
  title.id = "keys-title";
  title.textContent = "Keys";
  const keys = document.createElement("dl");
  for (const [key, what] of rows) {
    const dt = document.createElement("dt"), dd = document.createElement("dd"), kbd = document.createElement("kbd");
    kbd.textContent = key;
    dt.append(kbd);
    dd.textContent = what;
    keys.append(dt, dd);
  }
  const label = document.createElement("label"), box = document.createElement("input"), close = document.createElement("button");
  label.className = "check";
  box.type = "checkbox";
  box.checked = kept.on();
  box.addEventListener("change", () => kept.set(box.checked));
  label.append(box, "Single keys work on this page");
  close.textContent = "Close";
  close.addEventListener("click", () => help.close());
  help.append(title, keys, label, close);
  document.body.append(help);

  // ready adds what only a script can do; it runs again whenever the desk is replaced.
  const ready = () => {
    const place = one("[data-keys]");
    if (place && !place.firstChild) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Keys ";
      const kbd = document.createElement("kbd");
      kbd.textContent = "?";
      button.append(kbd);
      button.addEventListener("click", () => help.showModal());
      place.append(button);
    }
    const copy = one("[data-copy]");
    if (copy && !copy.firstChild) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Copy";
      button.addEventListener("click", async () => {
        const field = one("[data-mention] textarea");
        field.select();
        try { await navigator.clipboard.writeText(field.value); say("Copied."); } catch { say("Press Ctrl+C to copy."); }
      });
      copy.append(button);
    }
    // In a long note the ask comes into sight, and in a long heap the line that is read.
    show(one("[data-note]"), one("mark.this"));
    show(one(".heap"), one(".heap a[aria-current]"));
  };

  // show scrolls within a box alone: the page itself stays where the reader left it.
  const show = (box, what) => {
    if (box && what) box.scrollTop += what.getBoundingClientRect().top - box.getBoundingClientRect().top - 60;
  };

  const say = (text, bad) => {
    const line = one("#say");
    if (!line) return;
    line.textContent = text;
    line.classList.toggle("bad", Boolean(bad));
  };

  const step = (by) => {
    const links = [...document.querySelectorAll(".heap a[href*='/triage']")];
    const at = links.findIndex((a) => a.hasAttribute("aria-current"));
    links[at + by]?.click();
  };

  // mark fills in the selected words and where they stand, in bytes, as the server counts.
  const mark = () => {
    const form = one("[data-mark]"), note = one("[data-note]"), chosen = getSelection();
    if (!form || !note) return;
    if (chosen.isCollapsed || !note.contains(chosen.anchorNode) || !note.contains(chosen.focusNode)) {
      form.elements.words.focus();
      say("Select the words in the note that are an ask, then press a.");
      return;
    }
    const range = chosen.getRangeAt(0), before = document.createRange();
    before.selectNodeContents(note);
    before.setEnd(range.startContainer, range.startOffset);
    const bytes = new TextEncoder();
    form.elements.words.value = range.toString();
    form.elements.near.value = Number(note.dataset.offset) + bytes.encode(before.toString()).length;
    form.querySelector("button").click();
  };

  const busy = () => document.body.ariaBusy === "true";
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || help.open) return;
    if (event.target.closest("input, textarea, select")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === "?") {
      event.preventDefault();
      help.showModal();
      return;
    }
    if (!kept.on() || busy()) return;
    const act = { j: () => step(1), k: () => step(-1), a: mark, u: () => one("#undo button")?.click(),
      m: () => { const d = one("[data-mention]"); if (d) { d.open = true; d.querySelector("textarea").select(); } } }[event.key]
      || (() => one(`#decide [data-key="${CSS.escape(event.key)}"]`)?.click());
    if (/^[a-z1-5]$/.test(event.key)) {
      event.preventDefault();
      act();
    }
  });

  // One step at a time: a key pressed while the last one is under way would meet the next case unseen.
  document.addEventListener("htmx:beforeRequest", () => { document.body.ariaBusy = "true"; });
  document.addEventListener("htmx:afterRequest", (event) => { if (!event.detail.successful) document.body.ariaBusy = "false"; });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status < 400) return;
    const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
    if (page.getElementById("triage")) {
      event.detail.shouldSwap = true; // somebody came first: the desk tells so
      event.detail.isError = false;
    } else {
      say(page.querySelector("main .why")?.textContent || "That did not work. Load the page again.", true);
    }
  });
  document.addEventListener("htmx:sendError", () => say("Clamor cannot be reached. What you did last was not kept.", true));
  document.addEventListener("htmx:afterSettle", () => {
    ready();
    document.body.ariaBusy = "false";
    if (document.activeElement === document.body) one("#case")?.focus({ preventScroll: true });
  });
  ready();
})();
