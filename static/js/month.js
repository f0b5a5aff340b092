"use strict";
// Totals of a month that follow what is typed. The page says the same, once saved, without this file.
(() => {
  const form = document.getElementById("mois");
  const words = form && form.querySelector("[data-total=words]");
  if (!words) return;
  const said = form.querySelector("[data-total=said]");
  const labour = form.elements.namedItem("labour_hours");
  const { others, training: trained, people: counted, done, promised, share } = form.dataset;
  const fields = (kind) => [...form.querySelectorAll(`[data-sum=${kind}]`)];

  // « 1 234,50 », « 112.5 h »: in hundredths; NaN when it cannot be read.
  const read = (field) => {
    const typed = field.value.replace(/\s|h(eures?)?\s*$/gi, "").replace(",", ".");
    return typed === "" ? 0 : /^\d+(\.\d{0,2})?$/.test(typed) ? Math.round(typed * 100) : NaN;
  };
  const sum = (list) => list.map(read).filter((value) => value > 0).reduce((a, b) => a + b, 0);
  const hours = (hundredths) =>
    (hundredths / 100).toLocaleString("fr-FR", { minimumFractionDigits: hundredths % 100 ? 2 : 0 }) + "\u202fh";

  const tell = () => {
    const typed = fields("hours");
    const total = sum(typed) + Math.round(others * 100);
    const training = sum(fields("training")) + Math.round(trained * 100);
    const people = typed.filter((field) => read(field) > 0).length + Number(counted);
    const parts = [hours(total) + (training ? `, dont formation ${hours(training)}` : "")];
    parts.push(`${people} personne${people > 1 ? "s" : ""} avec des heures`);
    if (promised > 0) {
      const reached = total + Math.round(done * 100);
      const percent = Math.floor(reached / promised);
      parts.push(`cumul ${hours(reached)} sur ${hours(promised * 100)}, ${percent}\u202f%`);
    }
    if (labour && share > 0 && read(labour) > 0) {
      parts.push(`promis ce mois-ci\u202f: ${hours(Math.round((read(labour) * share) / 100))}`);
    }
    const unread = typed.filter((field) => Number.isNaN(read(field))).length;
    if (unread) parts.push(`${unread} case${unread > 1 ? "s" : ""} illisible${unread > 1 ? "s" : ""}`);
    words.textContent = parts.join(" · ") + " (pas encore enregistré)";
  };

  let waiting = 0;
  form.addEventListener("input", (event) => {
    if (event.target.dataset.sum || event.target === labour) tell();
    else return;
    clearTimeout(waiting); // once typing rests, so that a screen reader is not talked over
    waiting = setTimeout(() => (said.textContent = words.textContent), 1500);
  });

  // Up and down, as in a spreadsheet.
  form.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const kind = event.target.dataset.sum;
    if (!step || !kind) return;
    const column = fields(kind);
    const next = column[column.indexOf(event.target) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.select();
  });
})();
