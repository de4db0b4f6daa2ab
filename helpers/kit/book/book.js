// Nothing here is needed to read: the switch between light and dark, folds that open together, and the search.
"use strict";

const kept = {
  get light() { try { return localStorage.getItem("light") || ""; } catch { return ""; } },
  set light(value) { try { localStorage.setItem("light", value); } catch { /* a browser that keeps nothing */ } },
};
const root = document.documentElement;
root.style.colorScheme = kept.light;

function lightSwitch() {
  const button = document.getElementById("light");
  const dark = () => (kept.light || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const say = () => { button.textContent = dark() ? "Light" : "Dark"; };
  button.hidden = false;
  button.setAttribute("aria-description", "switches between a light and a dark page");
  button.addEventListener("click", () => {
    kept.light = dark() ? "light" : "dark";
    root.style.colorScheme = kept.light;
    say();
  });
  say();
}

function folds() {
  const all = [...document.querySelectorAll("main details:not(td details)")];
  if (all.length < 2) return;
  const button = document.createElement("button");
  const say = () => { button.textContent = all.every(one => one.open) ? "Close all folds" : "Open all folds"; };
  button.type = "button";
  button.className = "folds";
  button.addEventListener("click", () => {
    const open = !all.every(one => one.open);
    all.forEach(one => { one.open = open; });
    say();
  });
  say();
  document.querySelector("main h1").after(button);
}

// The entries in which every word of the question stands, the best first: in a heading, then often.
function found(question, entries) {
  const words = question.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const whole = words.join(" ");
  const scored = [];
  for (const [page, heading, href, text] of entries) {
    const head = heading.toLowerCase(), said = text.toLowerCase();
    if (!words.every(word => head.includes(word) || said.includes(word))) continue;
    let score = head === whole ? 1000 : head.startsWith(whole) ? 300 : head.includes(whole) ? 100 : said.includes(whole) ? 10 : 0;
    for (const word of words) score += 20 * head.includes(word) + Math.min(5, said.split(word).length - 1);
    scored.push({ page, heading, href, text, score, at: said.indexOf(words.find(word => said.includes(word))) });
  }
  return scored.sort((one, other) => other.score - one.score).slice(0, 40);
}

function search() {
  const list = document.getElementById("found");
  if (!list) return;
  const field = document.querySelector("header input"), said = document.getElementById("said");
  const show = () => {
    const results = found(field.value, INDEX);
    list.replaceChildren(...results.map(one => {
      const item = document.createElement("li"), link = document.createElement("a"), text = document.createElement("p");
      link.href = one.href;
      link.textContent = one.heading === one.page ? one.page : `${one.heading} (${one.page})`;
      const from = one.at > 60 ? one.text.indexOf(" ", one.at - 60) + 1 : 0;  // whole words
      const to = one.text.length > from + 220 ? one.text.lastIndexOf(" ", from + 220) : one.text.length;
      text.textContent = (from ? "… " : "") + one.text.slice(from, to) + (to < one.text.length ? " …" : "");
      item.append(link, text);
      return item;
    }));
    said.textContent = !field.value.trim() ? "Type a word above."
      : results.length ? `${results.length === 40 ? "The best 40" : results.length} found.` : "Nothing found. Try one word less.";
  };
  field.value = new URLSearchParams(location.search).get("q") || "";
  field.addEventListener("input", show);
  show();
}

document.addEventListener("DOMContentLoaded", () => {
  if (innerWidth < 900) document.getElementById("contents").open = false;
  lightSwitch();
  folds();
  search();
});
