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
      } else if (event.key === "o" && at >= 0) {
        const details = entries[at].querySelector("details");
        details.open = !details.open;
      }
    });

    const keys = document.createElement("span");
    keys.textContent = " Keys in the list: j next, k previous, o open.";
    document.querySelector(".legend")?.append(keys);

    // What was open stays open when the reader comes back from a feature.
    const key = "open:" + location.search;
    const ids = (rows) => rows.map((row) => row.querySelector(".title a").getAttribute("href"));
    try {
      const open = JSON.parse(sessionStorage.getItem(key) || "[]");
      for (const row of entries) row.querySelector("details").open = open.includes(ids([row])[0]);
      list.addEventListener("toggle", () => {
        sessionStorage.setItem(key, JSON.stringify(ids(entries.filter((row) => row.querySelector("details").open))));
      }, true);
    } catch {
      // Storage may be switched off; the list then starts closed.
    }
  }
})();
