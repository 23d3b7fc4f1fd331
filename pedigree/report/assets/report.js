"use strict";

const tip = document.createElement("dl");
tip.className = "tip";
tip.hidden = true;
document.body.append(tip);

const showTip = (_handler, event, _item, value) => {
  tip.hidden = value === null || value === undefined || value === "";
  if (tip.hidden) return;
  tip.replaceChildren();
  for (const [name, shown] of Object.entries(value)) {
    const term = document.createElement("dt"), text = document.createElement("dd"), isolated = document.createElement("bdi");
    term.textContent = name;
    isolated.textContent = shown;
    text.append(isolated);
    tip.append(term, text);
  }
  const {width, height} = tip.getBoundingClientRect(), gap = 14;
  const right = event.clientX + gap, below = event.clientY + gap;
  const left = right + width > innerWidth ? event.clientX - gap - width : right;
  const top = below + height > innerHeight ? event.clientY - gap - height : below;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${Math.max(4, top)}px`;
};

const configs = JSON.parse(document.getElementById("chart-configs").textContent);
const specs = JSON.parse(document.getElementById("charts").textContent);
const scheme = matchMedia("(prefers-color-scheme: dark)");
const drawn = new Map();

const draw = async () => {
  for (const place of document.querySelectorAll("[data-chart]")) {
    const {chart: name, says} = place.dataset;
    drawn.get(name)?.finalize();
    drawn.set(name, await vegaEmbed(place, specs[name], {
      bind: document.getElementById(`${name}-controls`) ?? undefined,
      mode: "vega-lite", ast: true, actions: false, defaultStyle: false, tooltip: showTip, config: configs[scheme.matches ? "dark" : "light"],
      renderer: name === "map" ? "canvas" : "svg",
    }));
    // Vega has set a role and a name of its own.
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", says);
    place.removeAttribute("aria-roledescription");
    place.querySelector("svg")?.setAttribute("aria-hidden", "true"); // the name of the place says it all
  }
};

// A table that is wider than its place is scrolled sideways with the keyboard, too.
const watcher = new ResizeObserver(changes => {
  for (const {target: box} of changes) {
    const names = {tabindex: "0", role: "group", "aria-label": `Table of ${box.closest("section").querySelector("h2").textContent}, wider than the page`};
    const overflows = box.scrollWidth > box.clientWidth;
    for (const [name, value] of Object.entries(names)) overflows ? box.setAttribute(name, value) : box.removeAttribute(name);
  }
});
for (const box of document.querySelectorAll(".wide")) watcher.observe(box);

// A long list is searched: what has all the words stays.
const addSearch = (box, before, lines, what) => {
  const place = document.createElement("p"), name = document.createElement("label"), field = document.createElement("input"), count = document.createElement("span");
  place.className = "find";
  field.type = "search";
  count.setAttribute("role", "status");
  name.append(`Find among ${lines.length} ${what} `, field);
  place.append(name, count);
  box.insertBefore(place, before);
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(word => word);
    let found = 0;
    for (const line of lines) {
      const has = words.every(word => line.textContent.toLowerCase().includes(word));
      line.hidden = !has;
      found += has;
    }
    count.textContent = words.length ? `${found} found` : "";
  });
};
for (const box of document.querySelectorAll(".all-labels")) addSearch(box, box.querySelector("summary").nextSibling, [...box.querySelectorAll("tbody tr")], "lines");
for (const box of document.querySelectorAll(".label-list")) addSearch(box.parentNode, box, [...box.children], "labels");

scheme.addEventListener("change", draw);
draw();
