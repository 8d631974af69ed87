"use strict";
(() => {
  const form = document.getElementById("filters");
  const keys = { verdict: "v", level: "l", item: "i", provider: "p", mode: "m" };
  const many = new Set(["item", "provider", "mode"]);
  const groups = [...document.querySelectorAll(".family")].map((section) => ({
    section,
    name: section.dataset.family,
    rows: [...section.querySelectorAll("tbody tr")].map((row) => ({ row, text: null })),
  }));
  const total = groups.reduce((sum, group) => sum + group.rows.length, 0);
  const none = document.getElementById("none");
  let waiting = 0;

  const fits = (entry, wanted) => {
    for (const [name, value] of wanted) {
      const has = entry.row.dataset[keys[name]] || "";
      if (many.has(name) ? !has.split(" ").includes(value) : has !== value) return false;
    }
    return true;
  };

  const says = (entry, words) => {
    if (!words.length) return true;
    if (entry.text === null) entry.text = entry.row.textContent.toLowerCase();
    return words.every((word) => entry.text.includes(word));
  };

  const apply = () => {
    const chosen = new FormData(form);
    const wanted = Object.keys(keys).map((name) => [name, chosen.get(name)]).filter((pair) => pair[1]);
    const words = chosen.get("text").toLowerCase().split(/\s+/).filter(Boolean);
    const family = chosen.get("family");
    let shown = 0;
    for (const group of groups) {
      let here = 0;
      const open = !family || family === group.name;
      for (const entry of group.rows) {
        const yes = open && fits(entry, wanted) && says(entry, words);
        if (entry.row.hidden === yes) entry.row.hidden = !yes;
        if (yes) here += 1;
      }
      group.section.hidden = !here;
      shown += here;
    }
    none.hidden = shown > 0;
    form.elements.count.value = shown + " of " + total;
  };

  const choose = (data) => {
    form.reset();
    for (const name of ["verdict", "item", "mode"]) {
      const value = data[name];
      const field = form.querySelector("[name=" + name + "]");
      if (value && [...field.options].some((option) => option.value === value)) field.value = value;
    }
    apply();
  };

  const open = () => {
    const name = decodeURIComponent(location.hash.slice(1));
    const place = name && document.getElementById(name);
    if (!place) return;
    if (place.hidden || place.closest("[hidden]")) { form.reset(); apply(); }
    for (let at = place; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    place.scrollIntoView();
  };

  const expired = document.getElementById("expired");
  if (expired) expired.hidden = new Date().toISOString().slice(0, 10) <= expired.dataset.until;

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => { cancelAnimationFrame(waiting); waiting = requestAnimationFrame(apply); });
  form.addEventListener("reset", () => setTimeout(apply));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href='#requirements']");
    if (link) choose(link.dataset);
  });
  addEventListener("hashchange", open);
  addEventListener("beforeprint", () => { for (const each of document.querySelectorAll("details:not([open])")) { each.dataset.shut = ""; each.open = true; } });
  addEventListener("afterprint", () => { for (const each of document.querySelectorAll("details[data-shut]")) { each.open = false; delete each.dataset.shut; } });
  open();
})();
