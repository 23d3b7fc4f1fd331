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
    const name = place.dataset.chart;
    drawn.get(name)?.finalize();
    drawn.set(name, await vegaEmbed(place, specs[name], {
      mode: "vega-lite", ast: true, actions: false, defaultStyle: false, tooltip: showTip, config: configs[scheme.matches ? "dark" : "light"],
      renderer: name === "map" ? "canvas" : "svg",
    }));
  }
};

scheme.addEventListener("change", draw);
draw();
