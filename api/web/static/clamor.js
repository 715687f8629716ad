// What the pages do better with a script; all of it works without one.
"use strict";

(() => {
  // Ctrl+K or Cmd+K goes to the search box.
  const search = document.querySelector("[data-search]");
  if (search) {
    const mac = /Mac|iPhone|iPad/.test(navigator.platform);
    const hint = document.createElement("kbd");
    hint.setAttribute("aria-hidden", "true");
    hint.textContent = mac ? "⌘K" : "Ctrl K";
    search.after(hint);
    search.setAttribute("aria-keyshortcuts", mac ? "Meta+K" : "Control+K");
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
        event.preventDefault();
        search.focus();
        search.select();
      }
    });
  }

  // What is to be pasted elsewhere can be copied.
  document.querySelectorAll("[data-copy]").forEach((button) => {
    if (!navigator.clipboard) return;
    button.hidden = false;
    const words = button.textContent;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Select it and copy";
      }
      setTimeout(() => { button.textContent = words; }, 2000);
    });
  });

  // A path that is picked goes to the field that was typed in last.
  document.addEventListener("focusin", (event) => {
    const into = document.querySelector("#editor [name=into]");
    const field = event.target.name;
    if (into && field && field.startsWith("map.")) into.value = field.slice(4);
  });

  // Of the boxes that open over a page one is open at a time; Escape and a click elsewhere close it.
  const pops = [...document.querySelectorAll("details.pop")];
  const shut = (but) => pops.forEach((pop) => { if (pop !== but) pop.open = false; });
  document.addEventListener("click", (event) => shut(event.target.closest("details.pop")));
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && pops.find((pop) => pop.open);
    if (open) {
      shut();
      open.querySelector("summary").focus();
    }
  });

  // What is shown to be copied is copied by a button, and selected whole by a click.
  for (const place of document.querySelectorAll("[data-copy-of]")) {
    const field = place.parentElement.querySelector("input"), button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    field.addEventListener("focus", () => field.select());
    button.addEventListener("click", async () => {
      field.select();
      try { await navigator.clipboard.writeText(field.value); button.textContent = "Copied"; } catch { button.textContent = "Press Ctrl+C"; }
    });
    place.append(button);
  }

  // What is ticked of a feature's asks is counted beside what can be done with it.
  const several = document.querySelector("#several"), counted = document.querySelector("[data-several]");
  if (several) {
    const ticks = [...document.querySelectorAll(".tick")];
    const count = () => {
      const n = ticks.filter((tick) => tick.checked).length;
      several.classList.toggle("on", n > 0);
      counted.textContent = n === 1 ? "1 ask" : n ? `${n} asks` : "The ticked asks";
    };
    document.addEventListener("change", count);
    count();
  }

  // Within the list, j and k go to the next and the previous entry, o opens it down. Only there: elsewhere letters are letters.
  const list = document.querySelector("table.list");
  if (list) {
    const entries = [...list.tBodies];
    list.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const at = entries.findIndex((row) => row.contains(event.target));
      const step = { j: 1, k: -1 }[event.key];
      if (step && entries[at + step]) {
        entries[at + step].querySelector(".title a").focus();
      } else if (event.key === "x" && at >= 0 && !event.target.closest("input, select, textarea")) {
        entries[at].querySelector(".rank input")?.click();
      } else if (event.key === "o" && at >= 0) {
        const details = entries[at].querySelector("details");
        details.open = !details.open;
      }
    });

    const keys = document.createElement("span");
    keys.textContent = " Keys in the list: j next, k previous, o open" + (list.querySelector(".rank input") ? ", x tick." : ".");
    document.querySelector(".legend")?.append(keys);

    // What is ticked is counted beside what can be done with it.
    const bulk = document.querySelector("#bulk"), ticked = document.querySelector("[data-ticked]");
    const count = () => {
      const n = list.querySelectorAll(".rank input:checked").length;
      bulk.classList.toggle("on", n > 0);
      ticked.textContent = n === 1 ? "Set 1 feature to" : n ? `Set ${n} features to` : "Set the ticked features to";
    };
    if (bulk) {
      list.addEventListener("change", count);
      count();
    }

    // What was open stays open when the reader comes back from a feature.
    const key = "open:" + location.search;
    const ids = (rows) => rows.map((row) => row.querySelector(".title a").getAttribute("href"));
    try {
      const open = JSON.parse(sessionStorage.getItem(key) || "[]");
      const reopen = () => {
        for (const row of entries) row.querySelector("details").open = open.includes(ids([row])[0]);
      };
      addEventListener("DOMContentLoaded", reopen); // when what an open row loads is listened for
      list.addEventListener("toggle", () => {
        sessionStorage.setItem(key, JSON.stringify(ids(entries.filter((row) => row.querySelector("details").open))));
      }, true);
    } catch {
      // Storage may be switched off; the list then starts closed.
    }
  }
})();
