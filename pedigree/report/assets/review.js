"use strict";

const find = id => document.getElementById(id);
const KEYED = 9;  // labels that have a digit
const SAID = {accept: "Accepted", reject: "Rejected", relabel: "Relabelled"};
let sheet, at = 0, ended = false, working = Promise.resolve();

// Texts of rows only ever become text nodes.
const make = (name, text = "", attributes = {}) => {
  const element = document.createElement(name);
  element.textContent = text;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};

const count = () => sheet.lines.filter(line => line.decision).length;

const tell = problem => {
  find("problem").hidden = !problem;
  find("problem").textContent = problem;
};

const send = async (path, body) => {
  let answer;
  try {
    answer = await fetch(path, body && {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)});
  } catch {
    throw Error("The server does not answer, so this was not saved. Start 'pedigree review' again and open the address that it prints.");
  }
  const said = await answer.json().catch(() => ({error: `status ${answer.status}`}));
  if (!answer.ok) throw Error(`This was not saved. ${said.error}`);
  return said;
};

const showProgress = () => {
  const done = count(), all = sheet.lines.length, of = verdict => sheet.lines.filter(line => line.decision === verdict).length;
  find("bar").max = Math.max(1, all);
  find("bar").value = done;
  find("count").textContent = `${done} of ${all} decided`;
  const gone = sheet.gone ? `; ${sheet.gone} are no longer in the dataset and left out` : "";
  find("tally").textContent = `${of("accept")} accepted, ${of("relabel")} relabelled, ${of("reject")} rejected${gone}`;
};

const showLabels = line => {
  const wanted = find("filter").value.trim().toLowerCase(), list = [];
  sheet.labels.forEach((label, index) => {
    if (wanted && !`${label.name} ${label.means}`.toLowerCase().includes(wanted)) return;
    const keyed = index < KEYED, button = make("button", "", {type: "button", class: keyed ? "" : "keyless"});
    const name = make("span", label.name, {class: "name", dir: "auto"});
    if (label.name === line.label) name.append(" ", make("span", "this row's label", {class: "own"}));
    if (keyed) button.append(make("kbd", String(index + 1)));
    button.append(name, make("span", label.means, {class: "means", dir: "auto"}));
    button.setAttribute("aria-pressed", String(line.decision === "relabel" && line.new_label === label.name));
    button.disabled = Boolean(line.bar);
    button.addEventListener("click", () => act(() => relabel(label.name)));
    const item = make("li");
    item.append(button);
    list.push(item);
  });
  find("labels").replaceChildren(...(list.length ? list : [make("li", "No label has these letters.", {class: "soft"})]));
};

const showRow = () => {
  const line = sheet.lines[at], means = sheet.labels.find(label => label.name === line.label)?.means ?? "";
  find("place").textContent = `${line.what === "reject" ? "Reject" : "Row"} ${at + 1} of ${sheet.lines.length}`;
  find("state").className = `state ${line.decision}`;
  find("state").textContent = line.decision === "relabel" ? `Relabelled: ${line.new_label}` : SAID[line.decision] ?? "";
  find("fields").replaceChildren(...line.fields.flatMap(field => [
    make("dt", field.name, line.fields.length > 1 ? {} : {class: "only"}),
    make("dd", field.text || "(empty)", {dir: "auto", lang: document.body.dataset.language}),
  ]));
  find("fields").scrollTop = 0;
  find("reject").hidden = !line.reason;
  find("reject").textContent = [`Rejected by a screen: ${line.reason}`, line.detail, line.bar].filter(Boolean).join(". ");
  find("task").textContent = sheet.task;
  find("asked").textContent = line.label || "none";
  find("means").textContent = means;
  find("accept").setAttribute("aria-pressed", String(line.decision === "accept"));
  find("refuse").setAttribute("aria-pressed", String(line.decision === "reject"));
  find("accept").disabled = Boolean(line.bar);
  find("why").value = line.why;
  find("previous").disabled = at === 0;
  find("filter").value = "";
  showLabels(line);
  const scrolls = find("fields").scrollHeight > find("fields").clientHeight;
  scrolls ? find("fields").setAttribute("tabindex", "0") : find("fields").removeAttribute("tabindex");
};

const showEnd = () => {
  const right = sheet.lines.filter(line => line.what !== "reject" && line.decision === "accept").length;
  const rows = sheet.lines.filter(line => line.what !== "reject").length;
  find("result").textContent = `${right} of ${rows} rows have the right label as they are.`;
  find("file").textContent = sheet.sheet;
  find("command").textContent = sheet.command;
};

const show = () => {
  ended &&= count() === sheet.lines.length;
  showProgress();
  find("card").hidden = ended;
  find("end").hidden = !ended;
  ended ? showEnd() : showRow();
};

const goOn = () => {
  const open = offset => (at + offset) % sheet.lines.length;
  const next = sheet.lines.map((_, offset) => open(offset + 1)).find(place => !sheet.lines[place].decision);
  ended = next === undefined;
  if (!ended) at = next;
};

const decide = async (decision, new_label = "", why = "") => {
  const line = sheet.lines[at], who = find("who").value.trim();
  if (ended || (line.bar && decision !== "reject")) return;
  if (!who) {
    find("who").focus();
    return tell("Write a name first, at the top: each decision says who made it. It need not be your real one.");
  }
  const said = await send("decide", {id: line.id, decision, new_label, who, why});
  sheet.lines[at] = said.line;
  tell("");
  goOn();
  find(ended ? "end" : "card").focus({preventScroll: true});
  show();
};

// A note goes with the next decision on its row, or at once with the one that is there.
const readNote = () => {
  const line = sheet.lines[at], typed = find("why").value.trim();
  return typed !== line.why || !line.decision ? typed : "";
};
const relabel = name => name === sheet.lines[at].label && sheet.lines[at].what !== "reject"
  ? decide("accept", "", readNote()) : decide("relabel", name, readNote());

const keepNote = async () => {
  const line = sheet.lines[at], why = find("why").value.trim();
  if (!line.decision || why === line.why) return;
  const {decision, new_label, who, id} = line;
  sheet.lines[at] = (await send("decide", {id, decision, new_label, who, why})).line;
  tell("");
  show();
};

const undo = async () => {
  const {line} = await send("undo", {});
  if (!line) return tell("There is nothing to take back since the start of this review. Go to a row and decide anew.");
  tell("");
  at = sheet.lines.findIndex(other => other.id === line.id);
  sheet.lines[at] = line;
  ended = false;
  show();
};

const move = step => {
  const last = sheet.lines.length - 1;
  if (ended) ended = step > 0;
  else if (step > 0 && at === last && count() > last) ended = true;
  else at = Math.min(last, Math.max(0, at + step));
  tell("");
  show();
};

// One after another, so that no key is lost while the one before is being saved.
const act = step => working = working.then(step).catch(error => tell(error.message));

const KEYS = {
  a: () => decide("accept", "", readNote()), r: () => decide("reject", "", readNote()), u: undo,
  ArrowLeft: () => move(-1), ArrowRight: () => move(1), n: () => find("why").select(),
  "/": () => find("search").hidden || find("filter").focus(),
};

const onKey = event => {
  if (event.ctrlKey || event.metaKey || event.altKey || !sheet) return;
  const field = event.target.closest("input"), {key} = event;
  if (field) {
    if (key !== "Enter" && key !== "Escape") return;
    event.preventDefault();
    if (field.id === "filter" && key === "Enter") find("labels").querySelector("button:enabled")?.click();
    else {
      if (field.id === "filter") { field.value = ""; showLabels(sheet.lines[at]); }
      find(ended ? "end" : "card").focus({preventScroll: true});
    }
    return;
  }
  const label = /^[1-9]$/.test(key) ? sheet.labels[Number(key) - 1]?.name : undefined;
  const step = label ? () => relabel(label) : KEYS[key.length === 1 ? key.toLowerCase() : key];
  if (!step) return;
  event.preventDefault();
  if (event.repeat && !key.startsWith("Arrow")) return;  // a key held down decides once
  act(step);
};

const start = async () => {
  sheet = await send("sheet");
  find("who").value = sheet.who || sheet.proposed;
  find("search").hidden = sheet.labels.length <= KEYED;
  at = Math.max(0, sheet.lines.findIndex(line => !line.decision));
  ended = count() === sheet.lines.length;
  show();
  find(ended ? "end" : "card").focus({preventScroll: true});
};

document.addEventListener("keydown", onKey);
for (const [id, key] of Object.entries({accept: "a", refuse: "r", undo: "u", previous: "ArrowLeft", next: "ArrowRight", back: "ArrowLeft"})) {
  find(id).addEventListener("click", () => act(KEYS[key]));
}
find("filter").addEventListener("input", () => showLabels(sheet.lines[at]));
find("why").addEventListener("change", () => sheet.lines[at].decision && act(keepNote));
act(start);
