"use strict";

const hues = {
  light: ["#3a6fc4", "#d18400", "#c6423d", "#2a9a8b", "#6f9a1d", "#cf5a98", "#7d4fc0", "#8b6243", "#5d7b93", "#aa9a00"],
  dark: ["#77a3ee", "#efb14e", "#ef8079", "#5fcabb", "#a4cf5d", "#ef92c1", "#b593ed", "#c9a17e", "#9bb5c8", "#d8cb50"],
};

const look = (dark) => {
  const ink = dark ? "#e7e6e2" : "#1d1f22", soft = dark ? "#a3a7ae" : "#5f646b", line = dark ? "#2e3238" : "#e6e5e1";
  const paper = dark ? "#181a1d" : "#ffffff", kept = dark ? "#5b8fc7" : "#8fb3da", read = dark ? "#eda45c" : "#c2621b";
  const axis = {
    domain: false, ticks: false, gridColor: line, labelColor: soft, titleColor: soft, labelFontSize: 12,
    titleFontSize: 12, titleFontWeight: "normal", labelPadding: 6, titlePadding: 8,
  };
  return {
    background: "transparent",
    font: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif",
    view: {stroke: "transparent"},
    axis,
    axisYBand: {grid: false, labelColor: ink, labelLimit: 190},
    axisXBand: {grid: false, labelLimit: 120},
    legend: {orient: "top", labelColor: soft, titleColor: soft, titleFontSize: 12, titleFontWeight: "normal", labelFontSize: 12, labelLimit: 180, columnPadding: 18, rowPadding: 4, symbolOpacity: 1},
    range: {category: hues[dark ? "dark" : "light"], heatmap: [paper, kept], ramp: [paper, kept]},
    scale: {bandPaddingInner: 0.32},
    tick: {bandSize: 20, thickness: 2},
    style: {
      kept: {color: kept, cornerRadiusEnd: 2},
      made: {filled: true, color: paper, stroke: ink, strokeWidth: 1.2, size: 42, opacity: 1},
      read: {filled: true, color: read, stroke: paper, strokeWidth: 0.8, shape: "diamond", size: 70, opacity: 1},
      target: {color: ink, opacity: 1},
      lengths: {fillOpacity: 0.2},
      text: {filled: true},
      interval: {color: kept, strokeWidth: 5, strokeCap: "round"},
      repeat: {color: soft, opacity: 0.6},
      estimate: {filled: true, color: ink, size: 90, opacity: 1},
      zero: {color: soft, strokeDash: [3, 3]},
      curve: {strokeWidth: 2},
      knot: {filled: true, size: 42, opacity: 1},
      cell: {stroke: paper},
      count: {color: ink, fontSize: 11},
    },
  };
};

const tip = document.createElement("dl");
tip.className = "tip";
tip.hidden = true;
document.body.append(tip);

const showTip = (_handler, event, _item, value) => {
  tip.hidden = value === null || value === undefined || value === "";
  if (tip.hidden) return;
  tip.replaceChildren();
  for (const [name, said] of Object.entries(value)) {
    const term = document.createElement("dt"), text = document.createElement("dd"), apart = document.createElement("bdi");
    term.textContent = name;
    apart.textContent = said;
    text.append(apart);
    tip.append(term, text);
  }
  const {width, height} = tip.getBoundingClientRect(), gap = 14;
  const right = event.clientX + gap, below = event.clientY + gap;
  const left = right + width > innerWidth ? event.clientX - gap - width : right;
  const top = below + height > innerHeight ? event.clientY - gap - height : below;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${Math.max(4, top)}px`;
};

const specs = JSON.parse(document.getElementById("charts").textContent);
const scheme = matchMedia("(prefers-color-scheme: dark)");
const drawn = new Map();

const draw = async () => {
  for (const place of document.querySelectorAll("[data-chart]")) {
    const name = place.dataset.chart;
    drawn.get(name)?.finalize();
    drawn.set(name, await vegaEmbed(place, specs[name], {
      mode: "vega-lite", ast: true, actions: false, defaultStyle: false, tooltip: showTip, config: look(scheme.matches),
      renderer: name === "map" ? "canvas" : "svg",
    }));
  }
};

scheme.addEventListener("change", draw);
draw();
